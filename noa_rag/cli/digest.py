"""`noa digest`: the weekly digest by e-mail, printed or sent now."""

import threading

import click

from noa_rag.cli.console import opened_records
from noa_rag.domain.errors import InvalidSetting, NotFound
from noa_rag.settings import read_settings


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what each person would be sent; send and note nothing.")
@click.option("--person", "account", help="Only this account.")
def digest(*, dry_run: bool, account: str | None) -> None:
    """Send this week's digest now to whoever has not got it yet. A running service does so at NOA_DIGEST_AT."""
    from noa_rag.service.digests import Digests

    settings = read_settings()
    if not dry_run and not settings.smtp_host:
        raise InvalidSetting("NOA_SMTP_HOST is empty: nothing is sent by e-mail. `noa digest --dry-run` prints it.")
    with opened_records() as records:
        digests = Digests(settings, records, stopping=threading.Event())
        if not dry_run:
            click.echo(f"{digests.send(account)} sent.")
            return
        messages = [(to, message) for to, message in digests.messages() if account in (None, to.person.id)]
        if account is not None and not messages:
            raise NotFound(
                f"`{account}` gets no digest: it needs an open account of a referent or coordinator, with an"
                f" address (`noa users email {account} ADDRESS`), that did not refuse it."
            )
        for to, message in messages:
            if message is None:
                click.echo(f"{to.person.id}: nothing to tell, so nothing would be sent.\n")
                continue
            text = message.get_body(("plain",))
            click.echo(f"To: {message['To']}\nSubject: {message['Subject']}\n\n{text.get_content() if text else ''}")
        if not messages:
            click.echo("Nobody would get it: no open account of a referent or coordinator has an address and wants it.")
