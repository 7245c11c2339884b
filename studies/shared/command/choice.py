"""One word of several, for options and arguments."""

from __future__ import annotations

from typing import Any

import click

from distributions import text
from distributions.errors import Fault, UserError, did_you_mean


class Choice(click.Choice):  # type: ignore[type-arg, unused-ignore]
    """As click's; a word that is none of them is told with what was found, what is allowed and the nearest."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word, or the user's error."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            words = [str(word) for word in self.choices]
            key = (
                param.opts[0]
                if isinstance(param, click.Option)
                else param.human_readable_name
                if param
                else ""
            )
            shown = text.clean(str(value), 40)
            raise UserError(
                Fault(key, f"found '{shown}'", ", ".join(words), did_you_mean(value, words))
            ) from None
