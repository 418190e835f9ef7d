"""CSV as a table of exactly as many columns as asked for, refused with the line where it is wrong.

pandas alone is too kind: it fills short lines and takes a surplus column for an index.
"""

import csv
import io

import pandas as pd

from penstock.emulator.standins.errors import InputError


def parse_csv(
    content: bytes, name: str, *, header: list[str], header_lines: int, text: frozenset[str] = frozenset()
) -> pd.DataFrame:
    """CSV with or without a header line, every line as long as `header`; the columns in `text` stay text.

    Raises InputError, which says the line and how many fields it has.
    """
    try:
        table = pd.read_csv(
            io.BytesIO(content),
            header=None,
            skiprows=header_lines,
            names=header,
            dtype=dict.fromkeys(text, str),
            low_memory=False,
        )
    except pd.errors.EmptyDataError:
        return pd.DataFrame(columns=header)
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 (byte {error.start})") from None
    except pd.errors.ParserError as error:
        _check_lengths(content, name, len(header))
        raise InputError(f"{name} is no valid CSV: {error}") from None
    except ValueError as error:
        raise InputError(f"{name}: {error}") from None
    # Surplus fields became an index, missing ones became empty: only then is the slow look worth it.
    if not isinstance(table.index, pd.RangeIndex) or table.iloc[:, -1].isna().any():
        _check_lengths(content, name, len(header))
    return table


def _check_lengths(content: bytes, name: str, expected: int) -> None:
    rows = csv.reader(io.StringIO(content.decode("utf-8", errors="replace")))
    for row in rows:
        if row and len(row) != expected:
            raise InputError(f"{name}, line {rows.line_num}: expected {expected} columns, got {len(row)}")
