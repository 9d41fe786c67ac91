# Shows Doxygen the comments of a header. Here a comment is "//": what stands before a paragraph of
# declarations describes each of them, what stands behind a declaration describes that one, and the
# first of a file is the file's. Lines of a comment that are indented further are code or formulas.
function text(line) {
  sub(/^ *\/\/ ?/, "", line)
  gsub(/[\\<>@]/, "\\\\&", line)
  return line ~ /^  / ? "    " line : line
}
function indent_of(line) {
  match(line, /^ */)
  return RLENGTH
}
FNR == 1 && /^\/\// { print "/// \\file" }
/^ *\/\// {
  if (!in_comment) described = ""
  in_comment = 1
  indent = indent_of($0)
  line = substr($0, 1, indent) "/// " text($0)
  described = described line "\n"
  print line
  next
}
/^ *$/ {
  described = ""
  in_comment = 0
  complete = 0
  print
  next
}
{
  # One more declaration of the paragraph.
  behind = $0 ~ /[;,{})] +\/\/ /
  starts = $0 ~ /^ *[A-Za-z~\[]/ && $0 !~ /^ *(public|private|protected|namespace|extern)[ :]/
  if (!in_comment && complete && starts && !behind && indent_of($0) == indent) printf "%s", described
  in_comment = 0
  complete = $0 ~ /[;}] *(\/\/.*)?$/
  if (behind) {
    at = match($0, / +\/\/ /)
    print substr($0, 1, at - 1) "  ///< " text(substr($0, at + 1))
  } else {
    print
  }
}
