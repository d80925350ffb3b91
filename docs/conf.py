"""How Sphinx builds these pages: scripts/docs, where every warning is an error."""

from vault_binance import __version__

project = "vault-binance"
author = "the authors of vault-binance"
release = version = __version__
html_title = f"vault-binance {release}"
html_theme = "furo"
html_permalinks_icon = "#"
exclude_patterns = ["draw/**"]
extensions = ["myst_parser"]
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 4
nitpicky = True
