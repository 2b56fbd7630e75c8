"""How often one address may try codes of certificates and passwords.

The counts are kept in the memory of each process. With several processes an address gets as many tries as each of
them allows together: four workers of ten tries are forty a minute at most. A restart forgets them.
"""

from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any

from flask import Flask, Response, current_app, make_response, render_template, request
from flask_limiter import Limiter, RateLimitExceeded
from werkzeug.middleware.proxy_fix import ProxyFix

from awrash.values.language import now

CODES = ("public.verify",)
PASSWORDS = ("security.login", "security.verify", "security.change_password")
HOUSEHOLD_BITS = 64  # of an IPv6 address: all that begin with the same bits are one visitor


def address_counted() -> str:
    """The address that asks; one household's IPv6 addresses count as one."""
    text = request.remote_addr or ""
    try:
        address = ip_address(text)
    except ValueError:  # a server on a socket of this machine names no address
        return text
    if isinstance(address, IPv4Address):
        return text
    return str(address.ipv4_mapped or IPv6Network((int(address), HOUSEHOLD_BITS), strict=False))


def too_many_requests(refusal: RateLimitExceeded) -> Response:
    """The page that says when to try again, and says it in the header that programs read, in seconds."""
    limiter: Limiter = current_app.extensions["awrash_limiter"]
    limit = limiter.current_limit
    longest = refusal.limit.limit.get_expiry()
    seconds = min(longest, max(1, round(limit.reset_at - now().timestamp()))) if limit else longest
    response = make_response(render_template("awrash/too_often.html", seconds=seconds), 429)
    response.headers["Retry-After"] = str(seconds)
    return response


def install(app: Flask) -> None:
    """Limit how often an address may try a code or a password; how often is a setting."""
    if app.config["PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=app.config["PROXIES"], x_proto=0, x_host=0)  # type: ignore[method-assign]
    limiter = Limiter(address_counted, app=app, storage_uri="memory://", strategy="moving-window")
    app.extensions["awrash_limiter"] = limiter
    limit_passwords = limiter.shared_limit(lambda: app.config["SIGN_IN_LIMIT"], scope="passwords", methods=["POST"])
    limit_codes = limiter.shared_limit(lambda: app.config["VERIFY_LIMIT"], scope="codes")
    views: dict[str, Any] = app.view_functions
    for endpoints, limit in ((PASSWORDS, limit_passwords), (CODES, limit_codes)):
        views |= {endpoint: limit(views[endpoint]) for endpoint in endpoints}
    app.register_error_handler(429, too_many_requests)
