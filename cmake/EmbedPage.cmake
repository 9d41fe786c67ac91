# Writes the page of `etch dump --format=html` as a C++ source file: the style and the scripts go into
# page.html, which goes into a string.
#   cmake -DFOLDER=tools/etch/page -DOUT=page_template.cc -P EmbedPage.cmake
file(READ ${FOLDER}/page.html page)
file(READ ${FOLDER}/page.css style)
set(script "")
foreach(part IN ITEMS model layered picture panels main)
  file(READ ${FOLDER}/${part}.js text)
  string(APPEND script "${text}")
endforeach()
string(REPLACE "@STYLE@" "${style}" page "${page}")
string(REPLACE "@SCRIPT@" "${script}" page "${page}")
file(WRITE ${OUT} "#include <string_view>
namespace etch::tools {
extern const std::string_view kPageTemplate;
const std::string_view kPageTemplate = R\"__page__(${page})__page__\";
}  // namespace etch::tools
")
