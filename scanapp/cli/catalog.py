"""``scanapp catalog``: teach products, look at what is known, search it, move it, check it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from scanapp.errors import CatalogError, SourceError, UsageError
from scanapp.sanitize import printable, to_json

if TYPE_CHECKING:
    from scanapp.catalog.catalog import Catalog
    from scanapp.catalog.items import Item

app = typer.Typer(no_args_is_help=True, help="Teach products and see what is known of them.", rich_markup_mode=None)

Folder = Annotated[
    str,
    typer.Option("--catalog", metavar="FOLDER", help="Which catalogue (default: SCANAPP_CATALOG, or your own)."),
]
Pictures = Annotated[
    list[Path], typer.Argument(metavar="PICTURE|FOLDER...", help="Pictures of one product, or folders of them.")
]


@app.command("add")
def add_command(
    pictures: Pictures,
    sku: Annotated[str, typer.Option("--sku", metavar="SKU", help="Your own key for the product.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="What it is called (default: its SKU).")] = "",
    gtin: Annotated[str, typer.Option("--gtin", metavar="DIGITS", help="The number in its barcode.")] = "",
    label: Annotated[
        str, typer.Option("--label", metavar="WORDS", help="Words on it that tell it from its variants.")
    ] = "",
    catalog: Folder = "",
) -> None:
    """Add pictures to a product; an SKU that is not there yet is a new product."""
    from scanapp.catalog.items import Item
    from scanapp.sources.images import list_images, load_image

    files = list_images(pictures)
    views, problems = [], []
    for file in files:
        try:
            views.append(load_image(file).bgr)
        except SourceError as error:
            problems.append(str(error))
    if not views:
        raise UsageError(f"no picture of {len(files)} can be read: {problems[0]}")
    with _opened(catalog, create=True) as opened:
        before = opened.item(sku)
        shown = name or (before.name if before is not None else sku)
        if before is not None and name and name != before.name:
            raise UsageError(
                f"SKU '{sku}' is '{before.name}' already; remove it first, or leave out --name to add pictures"
            )
        added = opened.add(Item(sku, shown, gtin, label), views)
        count = len(opened.references(sku))
    known = len(views) - added
    print(
        f"{printable(sku)}  {printable(shown)}: {added} added"
        f"{f', {known} known already' if known else ''}, {count} in all"
    )
    _tell(problems)


@app.command("list")
def list_command(catalog: Folder = "") -> None:
    """List all products."""
    with _opened(catalog) as opened:
        items, references = opened.items(), opened.references()
        counted = {item.sku: 0 for item in items}
        for reference in references:
            counted[reference.sku] = counted.get(reference.sku, 0) + 1
    table = Table("SKU", "name", "GTIN", "pictures")
    for item in items:
        table.add_row(printable(item.sku), printable(item.name), item.gtin, str(counted[item.sku]))
    console = Console(markup=False)
    console.print(table)
    console.print(f"{len(items)} products, {len(references)} pictures in {printable(str(opened.folder))}")


@app.command("show")
def show_command(sku: Annotated[str, typer.Argument(metavar="SKU")], catalog: Folder = "") -> None:
    """Show one product and its pictures' files."""
    with _opened(catalog) as opened:
        item = _known(opened, sku)
        print(f"sku    {printable(item.sku)}\nname   {printable(item.name)}")
        print(f"gtin   {item.gtin or '-'}\nlabel  {printable(item.label) or '-'}")
        for reference in opened.references(sku):
            print(f"       {printable(str(opened.folder / reference.file))}")


@app.command("remove")
def remove_command(
    skus: Annotated[list[str], typer.Argument(metavar="SKU...", help="Products to forget.")], catalog: Folder = ""
) -> None:
    """Forget products and their pictures."""
    with _opened(catalog) as opened:
        for sku in skus:
            _known(opened, sku)
        for sku in skus:
            opened.remove(sku)
            print(f"{printable(sku)}: removed")


@app.command("import")
def import_command(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER|CSV",
            help="One folder a product, or a CSV with the columns picture, sku, name, gtin, label.",
        ),
    ],
    catalog: Folder = "",
) -> None:
    """Add many products; started again, it goes on where it was stopped."""
    from scanapp.catalog.importing import import_all, wanted_from

    wanted, problems = wanted_from(source)
    with _opened(catalog, create=True) as opened, _Bar("pictures") as step:
        told = import_all(opened, wanted, step)
    print(f"{told.items} products: {told.added} pictures added, {told.known} known already")
    _tell(problems + told.skipped)


@app.command("export")
def export_command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write.")], catalog: Folder = ""
) -> None:
    """Write all pictures and a CSV that 'import' takes."""
    from scanapp.catalog.exporting import NAME, export_all

    with _opened(catalog) as opened:
        count, missing = export_all(opened, folder)
    print(f"{count} pictures, {printable(str(folder / NAME))}")
    _tell(missing)


@app.command("search")
def search_command(
    pictures: Pictures,
    catalog: Folder = "",
    count: Annotated[int, typer.Option("--count", metavar="N", min=1, help="How many products to name.")] = 5,
    json: Annotated[bool, typer.Option("--json", help="One JSON line a picture.")] = False,
) -> None:
    """Say which products pictures are likest, and how sure that is."""
    from scanapp.recognizers.products.match import Matcher
    from scanapp.sources.images import list_images, load_image

    files, problems = list_images(pictures), []
    with _opened(catalog) as opened:
        _not_empty(opened)
        matcher = Matcher(opened)
        for file in files:
            try:
                match = matcher.match(load_image(file).bgr)
            except SourceError as error:
                problems.append(str(error))
                continue
            rows = [
                {"sku": one.item.sku, "name": one.item.name, "score": round(one.share, 3)}
                for one in match.candidates[:count]
            ]
            if json:
                print(to_json({"file": str(file), "unknown": round(match.unknown, 3), "candidates": rows}))
                continue
            best = match.best
            print(f"{printable(str(file))}: {printable(best.item.name) if best is not None else 'unknown'}")
            for row in rows:
                print(f"  {row['score']:.3f}  {printable(str(row['sku']))}  {printable(str(row['name']))}")
            print(f"  {match.unknown:.3f}  none of these")
    _tell(problems)


@app.command("check")
def check_command(
    repair: Annotated[
        bool, typer.Option("--repair", help="Look again at pictures of another embedder, remove stray files.")
    ] = False,
    catalog: Folder = "",
) -> None:
    """Is it whole: database, pictures, features, index. Exit code 2 when not."""
    from scanapp.catalog.checking import check

    with _opened(catalog) as opened:
        checked = check(opened, repair=repair)
        opened.refresh()
    print(f"{checked.items} products, {checked.references} pictures, embedder {opened.version}")
    for line in checked.repaired:
        print(printable(line))
    if checked.problems:
        _tell(list(checked.problems[1:]), leave=False)
        raise CatalogError(checked.problems[0])
    print("all is well")


def _opened(folder: str, *, create: bool = False) -> Catalog:
    from scanapp.catalog.catalog import Catalog
    from scanapp.catalog.folder import catalog_folder

    return Catalog(catalog_folder(folder), create=create, say=lambda text: print(printable(text), file=sys.stderr))


def _known(catalog: Catalog, sku: str) -> Item:
    from scanapp.errors import did_you_mean

    item = catalog.item(sku)
    if item is None:
        raise UsageError(f"no product has SKU '{sku}'{did_you_mean(sku, [one.sku for one in catalog.items()])}")
    return item


def _not_empty(catalog: Catalog) -> None:
    if not catalog.counts()[1]:
        raise UsageError(f"{catalog.folder} is empty; teach it something with 'scanapp catalog add'")


class _Bar:
    """A progress bar on a terminal, nothing elsewhere."""

    def __init__(self, what: str) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
        self._task = self._progress.add_task(what, total=None)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)


def _tell(problems: list[str], *, leave: bool = True) -> None:
    """Names what was left out; exit code 2 at the end, the rest is done."""
    for problem in problems:
        print(printable(problem), file=sys.stderr)
    if problems and leave:
        raise typer.Exit(2)
