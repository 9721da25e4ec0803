"""Vector graphics as part of a page: Matplotlib's SVG without what clashes when several stand in one document."""

from pathlib import Path
from xml.etree import ElementTree

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
DROPPED = ("metadata", "style")
"""Metadata points elsewhere; a style sheet inside would hold for the whole page, so the page's own says the same."""


def inline_svg(path: Path, name: str, label: str) -> str:
    """The graphic as an element of HTML.

    Every id, and what refers to it (``url(#...)`` of clip paths, ``href`` of glyphs and markers), begins with the name:
    Matplotlib counts anew in each file, and all glyphs of one font have the same ids everywhere. ``label`` is the id of the
    element that describes it. The size in points stays as a style, so that the page can scale it.
    """
    root = ElementTree.parse(path).getroot()
    width = root.attrib.pop("width").removesuffix("pt")
    root.attrib.pop("height", None)
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag.rpartition("}")[2] in DROPPED]:
            parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{SVG}}}")
        element.text = element.text.strip() or None if element.text else None
        element.tail = None
        attributes = {key.replace(f"{{{XLINK}}}", ""): value for key, value in element.attrib.items()}
        element.attrib.clear()
        element.attrib.update({key: _own(key, " ".join(value.split()), name) for key, value in attributes.items()})
    root.attrib |= {"role": "img", "aria-labelledby": label, "style": f"--width: {float(width):.0f}pt"}
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _own(key: str, value: str, name: str) -> str:
    """An attribute whose ids are this graphic's own."""
    if key == "id":
        return f"{name}-{value}"
    if key == "href":
        return f"#{name}-{value[1:]}" if value.startswith("#") else value.replace(" ", "")
    return value.replace("url(#", f"url(#{name}-")
