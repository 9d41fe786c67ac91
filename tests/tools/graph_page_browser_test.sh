#!/usr/bin/env bash
# Opens pages that etch has written in a browser without a window and uses them (graph_page_driver.js).
#   graph_page_browser_test.sh ETCH DRIVER
# Ends with 77, "skipped", where no chromium is installed.
set -eu
etch=$1
driver=$2
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
  echo "skipped: no chromium (install the package chromium)"
  exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ETCH_CACHE_DIR=$work/cache HOME=$work

# Errors of the page, its console's among them, are kept from its first line on.
watch='<script>window.pageErrors = [];
addEventListener("error", (e) => pageErrors.push(e.message));
for (const kind of ["error", "warn"]) console[kind] = (...words) => pageErrors.push(words.join(" "));</script>'

use_page() {  # NAME FILE
  python3 - "$2" "$work/use.html" "$driver" "$watch" <<'END'
import sys
page, out, driver, watch = sys.argv[1:]
text = open(page).read().replace("<style>", watch + "<style>", 1)
end = text.rindex("</body>")
text = text[:end] + "<script>" + open(driver).read() + "</script>" + text[end:]
open(out, "w").write(text)
END
  timeout 120 "$browser" --headless=new --no-sandbox --disable-gpu --window-size=1500,950 \
    --user-data-dir="$work/profile" --virtual-time-budget=5000 --dump-dom "file://$work/use.html" \
    >"$work/dom" 2>"$work/log" || { tail -5 "$work/log"; echo "$1: the browser failed"; exit 1; }
  if ! grep -q 'id="verdict">ALL WELL<' "$work/dom"; then
    echo "$1:"
    sed -n '/id="verdict">/,$p' "$work/dom"
    exit 1
  fi
  echo "$1: all well"
}

for what in "mlp predict" "resnet18 predict" "tinygpt train_step"; do
  read -r model program <<<"$what"
  "$etch" dump "$model" --program="$program" --format=html -o "$work/page.html"
  use_page "$what" "$work/page.html"
done
"$etch" profile mlp --program=train_step --runs=2 --html="$work/page.html" >/dev/null
use_page "mlp train_step with times" "$work/page.html"
