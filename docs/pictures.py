"""Figures in the pages of docs/tutorials, whose code runs when the site is made."""

import base64
import io

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt


def show(description: str) -> str:
    """The current figure of pyplot as an element of the page; it is closed."""
    file = io.BytesIO()
    plt.savefig(file, dpi=120, bbox_inches="tight", format="png")
    plt.close()
    data = base64.b64encode(file.getvalue()).decode()
    return f'<img alt="{description}" src="data:image/png;base64,{data}">'
