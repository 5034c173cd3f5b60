"""The headers of every answer: a policy without ``unsafe-inline``, nothing from other hosts."""

from __future__ import annotations

from flask import Flask, Response
from secure import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)


def init_app(app: Flask) -> None:
    policy = (
        ContentSecurityPolicy()
        .default_src("'self'")
        .img_src("'self'", "data:", "blob:")
        .media_src("'self'", "blob:")
        .object_src("'none'")
        .base_uri("'none'")
        .form_action("'self'")
        .frame_ancestors("'none'")
    )
    https = app.config["SESSION_COOKIE_SECURE"]
    headers = Secure(
        csp=policy,
        coop=CrossOriginOpenerPolicy().same_origin(),
        corp=CrossOriginResourcePolicy().same_origin(),
        permissions=PermissionsPolicy().geolocation().payment().usb(),
        referrer=ReferrerPolicy().same_origin(),
        xcto=XContentTypeOptions().nosniff(),
        xfo=XFrameOptions().deny(),
        hsts=StrictTransportSecurity().max_age(31536000) if https else None,
    )
    values = dict(headers.header_items())

    @app.after_request
    def protect(response: Response) -> Response:
        said = {name.lower() for name, _value in response.headers}
        response.headers.extend([(name, value) for name, value in values.items() if name.lower() not in said])
        if "cache-control" not in said and response.mimetype in {"text/html", "application/json"}:
            response.headers.add("Cache-Control", "no-store")
        return response
