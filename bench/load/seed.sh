#!/usr/bin/env bash
# Fills a service through its REST API: items in categories, then users with a history each.
#
#   seed.sh URL ITEMS USERS FEEDBACK_PER_USER [FIRST_USER [FIRST_ITEM]]
#
# Users have one of ITEMS/1000 tastes; four of five items they like are of that taste, popular ones more often, none twice. Ids are
# i0, i1, … and u0, u1, …; FIRST_USER and FIRST_ITEM say where those that are sent begin, ITEMS where they end.
# The same arguments give the same data.
set -euo pipefail
[ $# -ge 4 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
url=$1 items=$2 users=$3 feedback=$4 first=${5:-0} first_item=${6:-0}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Bodies of a thousand rows, one file each.
awk -v items="$items" -v first="$first_item" -v folder="$folder" 'BEGIN {
  for (i = first; i < items; i++) {
    if (n % 1000 == 0) { if (file) { print "]" > file; close(file) } file = sprintf("%s/items-%07d", folder, n); printf "[" > file }
    printf "%s{\"ItemId\":\"i%d\",\"Categories\":[\"c%d\"],\"Timestamp\":\"2024-01-01T00:00:00Z\",\"Comment\":\"Item %d\"}", n % 1000 ? "," : "", i, i % 100, i > file
    n++
  }
  if (file) print "]" > file
}'
awk -v items="$items" -v users="$users" -v first="$first" -v feedback="$feedback" -v folder="$folder" 'BEGIN {
  srand(42 + first)
  tastes = items < 2000 ? 1 : int(items / 1000)
  for (user = first; user < first + users; user++) {
    split("", chosen)
    for (i = 0; i < feedback; i++) {
      if (n % 1000 == 0) { if (file) { print "]" > file; close(file) } file = sprintf("%s/feedback-%09d", folder, n); printf "[" > file }
      item = int(items * rand() ^ 2)
      if (rand() < .8) item = item - item % tastes + user % tastes
      while (item >= items || item in chosen) item = item >= items ? user % tastes : item + tastes
      chosen[item]
      t = i * 3600 + user % 3600
      printf "%s{\"FeedbackType\":\"like\",\"UserId\":\"u%d\",\"ItemId\":\"i%d\",\"Value\":1,\"Timestamp\":\"2025-01-%02dT%02d:%02d:%02dZ\"}", \
        n % 1000 ? "," : "", user, item, 1 + int(t / 86400) % 28, int(t / 3600) % 24, int(t / 60) % 60, t % 60 > file
      n++
    }
  }
  if (file) print "]" > file
}'

send() {
  find "$folder" -name "$1-*" -print0 | sort -z |
    xargs -0 -r -P 4 -I {} curl -sS --fail --retry 10 -H 'Content-Type: application/json' --data-binary @{} "$url/api/$1" >/dev/null
}
started=$SECONDS
send items
echo "$((items - first_item)) items in $((SECONDS - started)) s" >&2
started=$SECONDS
send feedback
echo "$((users * feedback)) feedback of $users users in $((SECONDS - started)) s" >&2
