#!/bin/sh
# A bot that another program starts: it notes when, which process it is, and with which version; then it does nothing.
# consul-template has no environment to give, it writes a file; the harness names that file.
if [ -n "$CREDENTIAL_FILE" ]; then . "$CREDENTIAL_FILE"; fi
echo "$(date +%s.%N) $$ $BINANCE_VERSION" >>"$CHILD_LOG"
exec sleep 1800
