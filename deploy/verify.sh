#!/bin/sh
# Post-deployment verification: what must hold at a live gateway, asked from outside with nothing but curl.
#
#   deploy/verify.sh [--insecure | --cacert FILE] URL [TOKEN]
#
# TOKEN is a valid bearer token; it may also stand in ACHILLES_TOKEN, where `ps` does not show it. Without one, the
# checks that need it are named and left out. Exit code: 0 when nothing failed, 1 when something did, 2 for a wrong call.
set -u

usage() {
  sed -n '4s/^# *//p' "$0" >&2
  exit 2
}

TLS=''
CA=''
while [ $# -gt 0 ]; do
  case $1 in
    -k | --insecure) TLS=insecure ;;
    --cacert)
      [ $# -ge 2 ] || usage
      CA=$2
      shift
      ;;
    -h | --help) usage ;;
    -*) usage ;;
    *) break ;;
  esac
  shift
done
[ $# -ge 1 ] && [ $# -le 2 ] || usage
BASE=${1%/}
TOKEN=${2:-${ACHILLES_TOKEN:-}}
case $BASE in http://* | https://*) ;; *) usage ;; esac
command -v curl >/dev/null 2>&1 || {
  echo 'curl is needed' >&2
  exit 2
}

API=/api/achilles/v1/mcp
HOST=${BASE#*://}
HOST=${HOST%%/*}
case $HOST in localhost | localhost:* | 127.* | '[::1]'*) LOOPBACK=yes ;; *) LOOPBACK=no ;; esac

WORK=$(mktemp -d) || exit 2
trap 'rm -rf "$WORK"' EXIT
trap 'exit 2' HUP INT TERM
FAILED=0

pass() { printf '\342\234\223 %s\n' "$1"; }
fail() {
  printf '\342\234\227 %s\n' "$1"
  FAILED=$((FAILED + 1))
}
note() { printf -- '- %s\n' "$1"; }

# ask PATH [curl options]: leaves the status in STATUS, the head in $WORK/head, the body in $WORK/body.
ask() {
  : >"$WORK/head"
  : >"$WORK/body"
  PLACE=$1
  shift
  [ -n "$TLS" ] && set -- --insecure "$@"
  [ -n "$CA" ] && set -- --cacert "$CA" "$@"
  STATUS=$(curl -sS --max-time 10 -o "$WORK/body" -D "$WORK/head" -w '%{http_code}' "$@" "$BASE$PLACE" 2>"$WORK/error") || STATUS=000
}

# The same with the token, which goes through a file: a command line can be read by everybody on this machine.
ask_with_token() {
  (umask 077 && printf 'header = "Authorization: Bearer %s"\n' "$TOKEN" >"$WORK/token")
  ask "$@" --config "$WORK/token"
  rm -f "$WORK/token"
}

header() { grep -i "^$1:" "$WORK/head" | head -1 | cut -d: -f2- | tr -d '\r' | sed 's/^ *//'; }

said() { if [ "$STATUS" = 000 ]; then printf 'no answer: %s' "$(head -1 "$WORK/error")"; else printf '%s' "$STATUS"; fi; }

expect_status() {
  if [ "$STATUS" = "$1" ]; then pass "$2 answers $1"; else fail "$2 answers $(said), not $1"; fi
}

expect_header() {
  VALUE=$(header "$1")
  if [ -n "$VALUE" ]; then pass "$2 has $1: $VALUE"; else fail "$2 has no $1"; fi
}

# --- health and metrics -------------------------------------------------------------------------------------------
ask /livez
expect_status 200 /livez
if [ "$STATUS" = 000 ]; then
  printf '\n%s is not there; nothing else was checked.\n' "$BASE"
  exit 1
fi
ask /readyz
expect_status 200 /readyz
[ "$STATUS" = 503 ] && sed 's/^/    /' "$WORK/body" && echo
ask /health
if [ "$STATUS" = 200 ] && grep -q '"status":"healthy"' "$WORK/body"; then
  pass "/health says $(cat "$WORK/body")"
else
  fail "/health answers $(said): $(head -c 200 "$WORK/body")"
fi
ask /metrics
if [ "$STATUS" = 200 ] && grep -q '^achilles_build_info' "$WORK/body"; then
  pass "/metrics: $(grep -c '^# TYPE' "$WORK/body") metrics"
  [ "$LOOPBACK" = no ] && note '/livez, /readyz and /metrics are reachable from here: outside a private network they should not be'
else
  fail "/metrics answers $(said), or not with the gateway's metrics"
fi

# --- the boundary --------------------------------------------------------------------------------------------------
ask /mcp -X POST -H 'content-type: application/json' --data '{}'
MCP=$STATUS
ask "$API/sessions?limit=1"
OPEN=$STATUS
if [ "$MCP" = 401 ] && [ "$OPEN" = 401 ]; then
  AUTH=yes
  pass '/mcp without a token answers 401'
  pass "$API/sessions without a token answers 401"
  CHALLENGE=$(header www-authenticate)
  case $CHALLENGE in
    *resource_metadata=*)
      pass 'the 401 says where the resource metadata is'
      ask /.well-known/oauth-protected-resource
      if [ "$STATUS" = 200 ] && grep -q '"authorization_servers"' "$WORK/body"; then
        pass '/.well-known/oauth-protected-resource names the authorization servers'
      else
        fail "/.well-known/oauth-protected-resource answers $(said), or names no authorization servers"
      fi
      ;;
    *) fail "the 401 does not say where the resource metadata is (WWW-Authenticate: ${CHALLENGE:-none})" ;;
  esac
  ask "$API/sessions?limit=1" -H 'Authorization: Bearer not-a-token'
  expect_status 401 "$API/sessions with a made-up token"
elif [ "$LOOPBACK" = yes ] && [ "$OPEN" != 401 ]; then
  AUTH=no
  note "AUTH_MODE=none: anonymous callers are served ($OPEN). It is this machine's own gateway, so that may be; in production it may not"
else
  AUTH=no
  fail "without a token, /mcp answers $MCP and $API/sessions $OPEN: both must answer 401"
fi

if [ -n "$TOKEN" ]; then
  ask_with_token /mcp -X POST -H 'content-type: application/json' --data '{}'
  case $STATUS in
    401 | 403 | 5?? | 000) fail "/mcp with the token answers $(said)" ;;
    *) pass "/mcp with the token answers $STATUS: not 401, not 403" ;;
  esac
  ask_with_token "$API/sessions?limit=1"
  case $STATUS in
    200) pass "$API/sessions with the token answers 200" ;;
    403) fail "$API/sessions with the token answers 403: the token lacks a scope ($(header www-authenticate))" ;;
    *) fail "$API/sessions with the token answers $(said)" ;;
  esac
else
  [ "$AUTH" = yes ] && note 'left out without a token: /mcp and the API with a valid token'
  ask "$API/sessions?limit=1"
fi

# --- what every answer carries (here: the API's last) --------------------------------------------------------------
for NAME in X-Request-ID X-RateLimit-Limit X-RateLimit-Remaining X-RateLimit-Reset; do expect_header "$NAME" 'an API answer'; done
for NAME in X-Content-Type-Options Content-Security-Policy Referrer-Policy; do expect_header "$NAME" 'an API answer'; done
case $BASE in https://*) expect_header Strict-Transport-Security 'an API answer' ;; esac
ID="verify-$$-$(date +%s)"
ask /livez -H "X-Request-ID: $ID"
if [ "$(header x-request-id)" = "$ID" ]; then pass 'a request id is kept'; else fail "a request id is not kept: sent $ID, got '$(header x-request-id)'"; fi
[ -z "$(header x-powered-by)$(header server)" ] || note "the answer names its software: $(header server) $(header x-powered-by)"

if [ "$FAILED" -eq 0 ]; then
  printf '\nAll checks passed.\n'
else
  printf '\n%s failed.\n' "$FAILED"
  exit 1
fi
