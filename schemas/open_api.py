"""open_api.py openapi.yaml OUT.cpp: the document as JSON, in a string of the program."""

import json
import sys

import yaml

PIECE = 8000  # bytes of one literal


def main(source, out):
    with open(source, encoding="utf-8") as file:
        text = json.dumps(yaml.safe_load(file), separators=(",", ":"), ensure_ascii=False)
    pieces = [text[i:i + PIECE] for i in range(0, len(text), PIECE)]
    with open(out, "w", encoding="utf-8") as file:
        file.write('#include "schemas/open_api.hpp"\n\nnamespace bursar::schemas {\n\n'
                   'const std::string_view open_api_document =\n')
        file.writelines(f'  R"document({piece})document"\n' for piece in pieces)
        file.write("  ;\n\n}  // namespace bursar::schemas\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
