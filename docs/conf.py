"""How Sphinx builds these pages: scripts/docs, where every warning is an error.

A link leads to a page. What lies elsewhere in the repository is named by its path, `like/this`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pygments.lexer import RegexLexer
from pygments.token import Comment, Keyword, Name, Number, Punctuation, String, Text

from vault_binance import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "vault-binance"
author = "the authors of vault-binance"
release = version = __version__
html_title = f"vault-binance {release}"
html_theme = "furo"
html_show_copyright = False
html_use_index = False  # these pages are made of no directives, and so it would be empty
html_permalinks_icon = "#"
exclude_patterns = ["draw/**"]
extensions = ["myst_parser"]
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 4
nitpicky = True


class Hcl(RegexLexer):
    """Policies and Terraform: the lexer that comes with Pygments knows a few kinds of block, and no `path`."""

    name = "HCL"
    tokens: ClassVar = {
        "root": [
            (r"#.*$", Comment.Single),
            (r'"[^"\n]*"', String),
            (r"\b(true|false|null)\b", Keyword.Constant),
            (r"\b\d+\b", Number),
            (r"[\w.-]+", Name),
            (r"[{}()\[\]=,:?!<>&|+*/%]", Punctuation),
            (r"\s+", Text),
        ]
    }


def setup(app: Sphinx) -> None:
    """Sphinx calls it by this name."""
    app.add_lexer("hcl", Hcl)
