#!/bin/sh
# What a link that does not work answers: whoever pipes it into a shell reads why.
message=__CDX_MESSAGE__
printf "cdx: %s\n" "$message" >&2
exit 1
