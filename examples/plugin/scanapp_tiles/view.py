"""A view: what does a person see? It gets snapshots and knows nothing of the engine."""

from __future__ import annotations

from scanapp import Event, Snapshot


class TickerView:
    """One line a confirmed thing: ``scanapp --camera 0 --view ticker``."""

    def show(self, snapshot: Snapshot) -> bool:
        """Called after every frame, so be quick; False ends the scan."""
        for event in snapshot.events:
            if event.type == "confirmed":
                print(event, flush=True)
        return True

    def finish(self, summary: Event | None) -> None:
        """The stream has ended."""
        if summary is not None:
            print(f"{summary.data['frames']} frames")

    def close(self) -> None:
        """Nothing to give back."""
