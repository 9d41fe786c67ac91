#!/bin/sh
# etch-lsp-server SERVER: answers an editor, and tells what is wrong in a program of Etch.
set -eu
message() { printf 'Content-Length: %d\r\n\r\n%s' "${#1}" "$1"; }
program='func.func @main(%x: tensor<2x3xf32>) -> tensor<2x2xf32> {\n  %y = etch.matmul %x, %x : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x2xf32>\n  return %y : tensor<2x2xf32>\n}'
answer=$({
  message '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"processId":1,"rootUri":null,"capabilities":{}}}'
  message '{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"test:///wrong.mlir","languageId":"mlir","version":1,"text":"'"$program"'"}}}'
  message '{"jsonrpc":"2.0","id":1,"method":"shutdown"}'
  message '{"jsonrpc":"2.0","method":"exit"}'
} | timeout 60 "$1" 2>/dev/null)
for expected in '"definitionProvider":true' 'publishDiagnostics' 'matmul'; do
  case $answer in
    *"$expected"*) ;;
    *) echo "no $expected in the answer: $answer" >&2; exit 1 ;;
  esac
done
