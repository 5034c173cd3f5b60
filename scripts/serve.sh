#!/bin/sh
# The web server and the worker, side by side; both end when this ends. Called by ./run.
set -eu
cd "$(dirname "$0")/.."
HOST=${HOST:-127.0.0.1}
PORT=${PORT:-8000}

.venv/bin/flask --app wsgi worker &
worker=$!
.venv/bin/gunicorn --config scripts/gunicorn.conf.py --no-control-socket --bind "$HOST:$PORT" wsgi:app &
web=$!

stop() {
    trap - INT TERM
    kill -TERM "$web" "$worker" 2>/dev/null || true
    wait "$web" "$worker" 2>/dev/null || true
}
trap 'stop; exit 0' INT TERM
printf '%s\n' "· Needle serves on http://$HOST:$PORT – Ctrl+C ends it" >&2
# If either ends by itself, end the other and say so by the exit code.
while kill -0 "$web" 2>/dev/null && kill -0 "$worker" 2>/dev/null; do
    sleep 1 &
    wait $! || true
done
stop
exit 1
