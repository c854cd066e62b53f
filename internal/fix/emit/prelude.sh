say() { printf '%s\n' "$*" >&2; }
fail() { say "bedlock: $*"; exit 1; }

# as ACCOUNT ARGUMENTS runs the AWS CLI with the profile of an account, if one is named.
as() {
  eval "profile=\${PROFILE_$1-}"
  shift
  if [ -n "$profile" ]; then aws --profile "$profile" "$@"; else aws "$@"; fi
}

# Codes of refusals that are worth another attempt: somebody else is at it, or the service is.
again='Throttling ThrottlingException TooManyRequestsException InternalServerException InternalFailure InternalError ServiceUnavailable ServiceUnavailableException ConcurrentModification ConcurrentModificationException ConflictException OperationAborted ResourceInUseException ResourceConflictException'

# refused CODES says whether the last call was refused with one of these codes.
refused() {
  for code in $1; do
    if grep -q "($code)" "$tmp/error"; then return 0; fi
  done
  return 1
}

# request ACCOUNT REGION SERVICE OPERATION OPTIONS makes a call with the input in $tmp/input,
# again while it is refused for a moment. Inputs are files, so that nothing of them is in the
# list of processes.
request() {
  attempt=1
  while :; do
    rc=0
    account=$1 region=$2 service=$3 operation=$4
    shift 4
    as "$account" "$service" "$operation" --region "$region" --output json "$@" --cli-input-json "file://$tmp/input" >"$tmp/output" 2>"$tmp/error" || rc=$?
    set -- "$account" "$region" "$service" "$operation" "$@"
    if [ "$rc" = 0 ] || [ "$attempt" = 5 ] || ! refused "$again"; then return "$rc"; fi
    sleep "$((attempt * pause))"
    attempt=$((attempt + 1))
  done
}

# call ACCOUNT REGION SERVICE OPERATION CODES [ANSWERS QUERY] makes a call that changes something; the input is
# standard input. Refusals with CODES mean that it has had its effect before. What QUERY says of
# the answer is kept under ANSWERS.
call() {
  cat >"$tmp/input"
  say "    $3 $4"
  if [ -n "${6-}" ]; then
    request "$1" "$2" "$3" "$4" --query "$7" --output text || { cat "$tmp/error" >&2; fail "$3 $4 failed; nothing was written after it"; }
    mv "$tmp/output" "$run/$6.answer"
  else
    request "$1" "$2" "$3" "$4" || refused "$5" || { cat "$tmp/error" >&2; fail "$3 $4 failed; nothing was written after it"; }
  fi
}

# take ACCOUNT REGION SERVICE OPERATION reads what taken then tells of; the input is standard input.
take() {
  cat >"$tmp/input"
  request "$1" "$2" "$3" "$4" || { cat "$tmp/error" >&2; fail "$3 $4 failed: the value cannot be read"; }
}

# taken PATH prints the text at a path of what was taken, as JSON without the quotes.
taken() {
  flat "$1" '' '' | sed -n 's/^[^	]*	"\(.*\)"$/\1/p'
}

# state ACCOUNT REGION SERVICE OPERATION QUERY ABSENT ONLY DROP JSON reads a state: one line for each value,
# sorted; the input is standard input.
state() {
  cat >"$tmp/input"
  if request "$1" "$2" "$3" "$4" --query "$5"; then
    flat "$7" "$8" "$9"
  elif [ -n "$6" ] && refused "$6"; then
    echo absent
  else
    cat "$tmp/error" >&2
    fail "$3 $4 failed: the state cannot be read"
  fi
}

# flat ONLY DROP JSON writes $tmp/output as sorted lines of path and value. ONLY and DROP are the paths that
# count and do not; texts at JSON are documents themselves. Empty lists and structures count as
# absent.
flat() {
  if [ "$(tr -d ' \n' <"$tmp/output")" = null ] || [ ! -s "$tmp/output" ]; then
    echo absent
    return
  fi
  ONLY=$1 DROP=$2 JSON=$3 LC_ALL=C awk "$flatten" "$tmp/output" >"$tmp/lines"
  LC_ALL=C sort "$tmp/lines"
}

flatten='
BEGIN {
  split(ENVIRON["ONLY"], only, " "); split(ENVIRON["DROP"], drop, " "); split(ENVIRON["JSON"], json, " ")
  for (i = 1; i < 256; i++) byte[i] = sprintf("%c", i)
}
{ read($0) }

# covers: is a path one of a list, or below one of it?
function covers(list, path,   i) {
  for (i in list) if (path == list[i] || index(path, list[i] ".") == 1) return 1
  return 0
}
function have(list,   i) { for (i in list) return 1; return 0 }

# where is the path of the value that comes next.
function where(   i, path) {
  path = root
  for (i = base + 1; i <= depth; i++) path = path (kind[i] == "[" ? "[" n[i] "]" : (path == "" ? "" : ".") name[i])
  return path
}

function value(token,   path, bare, saved) {
  path = where(); bare = path; gsub(/\[[0-9]+\]/, "", bare)
  if (covers(drop, bare) || have(only) && !covers(only, bare) || token == "null") return
  if (covers(json, bare) && substr(token, 1, 1) == "\"" && base == 0) {
    saved = plain(substr(token, 2, length(token) - 2))
    if (saved ~ /^[ \t\r\n]*[{[]/) { root = path; base = depth; read(saved); root = ""; base = 0; return }
  }
  if (token ~ /^-?[0-9]+\.0$/) sub(/\.0$/, "", token)
  print path "\t" token
}

# read takes the tokens of a text; no token spans two lines. Within brackets no awk is asked what a backslash
# means: BusyBox takes it for itself.
function read(text,   token) {
  while (match(text, /^[ \t\r\n,]*/) && (text = substr(text, RLENGTH + 1)) != "") {
    if (substr(text, 1, 1) == "\"") { match(text, /^"([^"\\]|\\.)*"/); token = norm(substr(text, 1, RLENGTH)) }
    else if (match(text, /^[]{}:[]/)) token = substr(text, 1, 1)
    else { match(text, /^[^],:{}[ \t\r\n]+/); token = substr(text, 1, RLENGTH) }
    if (RLENGTH < 1) { print "unreadable"; exit 1 } # differs from every state
    text = substr(text, RLENGTH + 1)
    if (token == ":") continue
    if (token == "}" || token == "]") { depth--; advance(); continue }
    if (kind[depth] == "{" && want[depth]) { name[depth] = substr(token, 2, length(token) - 2); want[depth] = 0; if (token != "}") continue }
    if (token == "{" || token == "[") { depth++; kind[depth] = token; n[depth] = 0; want[depth] = token == "{"; continue }
    value(token)
    advance()
  }
}
function advance() {
  if (depth == base) return
  if (kind[depth] == "[") n[depth]++
  else want[depth] = 1
}

# norm writes a string in one way: only what has to be is escaped.
function norm(s,   out, i, c, code, low) {
  out = ""
  while ((i = index(s, "\\")) > 0) {
    out = out substr(s, 1, i - 1); c = substr(s, i + 1, 1)
    if (c == "/") { out = out "/"; s = substr(s, i + 2); continue }
    if (c != "u") { out = out "\\" c; s = substr(s, i + 2); continue }
    code = hex(substr(s, i + 2, 4)); s = substr(s, i + 6)
    if (code >= 55296 && code < 56320 && substr(s, 1, 2) == "\\u") {
      low = hex(substr(s, 3, 4))
      if (low >= 56320 && low < 57344) { code = 65536 + (code - 55296) * 1024 + low - 56320; s = substr(s, 7) }
    }
    out = out char(code)
  }
  return out s
}
function char(code) {
  if (code == 8) return "\\b"
  if (code == 9) return "\\t"
  if (code == 10) return "\\n"
  if (code == 12) return "\\f"
  if (code == 13) return "\\r"
  if (code == 34) return "\\\""
  if (code == 92) return "\\\\"
  if (code < 32) return sprintf("\\u%04x", code)
  if (code < 128) return byte[code]
  if (code < 2048) return byte[192 + int(code / 64)] byte[128 + code % 64]
  if (code < 65536) return byte[224 + int(code / 4096)] byte[128 + int(code / 64) % 64] byte[128 + code % 64]
  return byte[240 + int(code / 262144)] byte[128 + int(code / 4096) % 64] byte[128 + int(code / 64) % 64] byte[128 + code % 64]
}
function hex(s,   i, v) {
  v = 0
  for (i = 1; i <= length(s); i++) v = v * 16 + index("0123456789abcdef", tolower(substr(s, i, 1))) - 1
  return v
}

# plain is the text of a string that norm has written.
function plain(s,   out, i, c) {
  out = ""
  while ((i = index(s, "\\")) > 0) {
    out = out substr(s, 1, i - 1); c = substr(s, i + 1, 1); s = substr(s, i + 2)
    if (c == "n") c = "\n"
    else if (c == "t") c = "\t"
    else if (c == "r") c = "\r"
    else if (c == "b") c = byte[8]
    else if (c == "f") c = byte[12]
    else if (c == "u") { c = byte[hex(substr(s, 1, 4))]; s = substr(s, 5) }
    out = out c
  }
  return out s
}
'

# wait_for ACCOUNT REGION SERVICE OPERATION QUERY GOOD BAD polls a status; the input is standard input.
wait_for() {
  cat >"$tmp/wait"
  waited=0
  while :; do
    cp "$tmp/wait" "$tmp/input"
    request "$1" "$2" "$3" "$4" --query "$5" || { cat "$tmp/error" >&2; fail "$3 $4 failed: the status cannot be read"; }
    status=$(tr -d '"\n' <"$tmp/output")
    case " $6 " in *" $status "*) return ;; esac
    case " $7 " in *" $status "*) fail "$5 is $status" ;; esac
    [ "$waited" -lt 900 ] || fail "$5 is still $status after 15 minutes"
    sleep "$poll"
    waited=$((waited + 2))
  done
}

# find_key ACCOUNT REGION TAG VALUE ANSWERS QUERY looks for the key that an interrupted run has created.
find_key() {
  echo '{}' >"$tmp/input"
  request "$1" "$2" kms list-keys --query 'Keys[].KeyId' --output text || { cat "$tmp/error" >&2; fail "kms list-keys failed"; }
  for key in $(cat "$tmp/output"); do
    printf '{"KeyId":"%s"}' "$key" >"$tmp/input"
    if request "$1" "$2" kms list-resource-tags --query "Tags[?TagKey=='$3'].TagValue | [0]" --output text && [ "$(cat "$tmp/output")" = "$4" ]; then
      request "$1" "$2" kms describe-key --query "$6" --output text || { cat "$tmp/error" >&2; fail "kms describe-key failed"; }
      mv "$tmp/output" "$run/$5.answer"
      return
    fi
  done
}

# learn ACCOUNT REGION SERVICE OPERATION QUERY OLD ANSWERS keeps what stands at QUERY under ANSWERS, unless it is one of
# OLD: what a step has made that no call answers. The input is standard input.
learn() {
  cat >"$tmp/input"
  request "$1" "$2" "$3" "$4" --query "$5" || { cat "$tmp/error" >&2; fail "$3 $4 failed: the state cannot be read"; }
  learnt=$(tr -d '"\n' <"$tmp/output")
  case " $6 null " in
  *" $learnt "*) ;;
  *) printf '%s\n' "$learnt" >"$run/$7.answer" ;;
  esac
}

# no_more ACCOUNT REGION SERVICE OPERATION QUERY OLD ends when QUERY names more than OLD: what comes besides cannot be
# told from what the step makes. The input is standard input.
no_more() {
  cat >"$tmp/input"
  request "$1" "$2" "$3" "$4" --query "$5" --output text || { cat "$tmp/error" >&2; fail "$3 $4 failed: what there is cannot be read"; }
  for one in $(cat "$tmp/output"); do
    case " $6 " in
    *" $one "*) ;;
    *) fail "$3 $4: $one is new since the plan was made; nothing was written over it: make a new plan" ;;
    esac
  done
}

# differs ID FILE says what is different, by the paths alone, and ends.
differs() {
  say "  $1: somebody else has changed it since the plan was made; nothing was written over it:"
  LC_ALL=C comm -3 "$2" "$tmp/now" | sed 's/^	//; s/	.*//; s/^/    /' | sort -u >&2
  fail "make a new plan"
}

# step ID TITLE PARTS does a step. PARTS are those of given, state, find, learn and wait that it has.
step() {
  if [ -e "$run/$1.done" ]; then return; fi
  say "  $1: $2"
  case $3 in *given*) "$1_given" ;; esac
  case $3 in *learn*)
    if [ ! -s "$run/$1.answer" ]; then
      if [ -e "$run/$1.called" ]; then "$1_wait"; "$1_learn"; fi
      [ -s "$run/$1.answer" ] || "$1_no_more"
    fi
    answers ;;
  esac
  case $3 in *state*)
    "$1_state" >"$tmp/now"
    "$1_before" >"$tmp/before"
    "$1_after" >"$tmp/after"
    if cmp -s "$tmp/now" "$tmp/after"; then
      if [ -e "$run/$1.called" ]; then
        case $3 in *rest*wait*) "$1_wait" ;; esac
        case $3 in *rest*) "$1_rest" ;; esac
        case $3 in *wait*) "$1_wait" ;; esac
      else
        say "    it is so already"
      fi
      : >"$run/$1.done"
      return
    fi
    cmp -s "$tmp/now" "$tmp/before" || differs "$1" "$tmp/before" ;;
  esac
  case $3 in *find*) if [ -e "$run/$1.called" ]; then "$1_find"; fi ;; esac
  if [ ! -s "$run/$1.answer" ]; then
    : >"$run/$1.called"
    "$1_do"
    case $3 in *learn*) "$1_wait"; "$1_learn" ;; esac
  fi
  answers
  case $3 in *rest*wait*) "$1_wait" ;; esac
  case $3 in *rest*) "$1_rest" ;; esac
  case $3 in *wait*) "$1_wait" ;; esac
  case $3 in *state*)
    "$1_state" >"$tmp/now"
    "$1_after" >"$tmp/after"
    cmp -s "$tmp/now" "$tmp/after" || differs "$1" "$tmp/after" ;;
  esac
  : >"$run/$1.done"
}

# back ID TITLE PARTS takes a step back that this run has made.
back() {
  if [ ! -e "$run/$1.called" ] || [ -e "$run/$1.undone" ]; then return; fi
  say "  $1: back: $2"
  case $3 in *find*)
    [ -s "$run/$1.answer" ] || "$1_find"
    if [ ! -s "$run/$1.answer" ]; then : >"$run/$1.undone"; return; fi ;;
  esac
  case $3 in *learn*) if [ ! -s "$run/$1.answer" ]; then "$1_wait"; "$1_learn"; fi ;; esac
  answers
  case $3 in *state*)
    "$1_state" >"$tmp/now"
    "$1_before" >"$tmp/before"
    "$1_after" >"$tmp/after"
    if cmp -s "$tmp/now" "$tmp/before"; then
      if [ ! -e "$run/$1.undoing" ]; then : >"$run/$1.undone"; return; fi
    else
      cmp -s "$tmp/now" "$tmp/after" || differs "$1" "$tmp/after"
      : >"$run/$1.undoing"
      "$1_undo"
    fi ;;
  *) "$1_undo" ;;
  esac
  case $3 in *rest*wait*) "$1_wait" ;; esac
  case $3 in *rest*) "$1_undo_rest" ;; esac
  case $3 in *wait*) "$1_wait" ;; esac
  case $3 in *state*)
    "$1_state" >"$tmp/now"
    "$1_before" >"$tmp/before"
    cmp -s "$tmp/now" "$tmp/before" || differs "$1" "$tmp/before" ;;
  esac
  : >"$run/$1.undone"
}

# known SERVICE OPERATION ends the script where the AWS CLI is older than the operation.
known() {
  aws "$1" "$2" --generate-cli-skeleton >"$tmp/output" 2>"$tmp/error" ||
    fail "this version of the AWS CLI has no $1 $2: use a newer one; nothing was done"
}

# begin makes the folder of a run that is at work. One of a run that was killed is put away: its
# process is not there any more. Only one of several can take its place, for only one can move it.
begin() {
  if mkdir "$tmp" 2>/dev/null; then echo "$(uname -n) $$" >"$tmp/who"; return; fi
  [ -s "$tmp/who" ] || sleep 1 # it may be about to say who it is
  who=$(cat "$tmp/who" 2>/dev/null) || who=
  case $who in
  '') ;;
  "$(uname -n) "*) if kill -0 "${who##* }" 2>/dev/null; then return 1; fi ;;
  *) return 1 ;;
  esac
  mv "$tmp" "$tmp-$$" 2>/dev/null || return 1
  rm -rf "$tmp-$$"
  mkdir "$tmp" 2>/dev/null && echo "$(uname -n) $$" >"$tmp/who"
}

poll=${BEDLOCK_POLL:-2}
pause=${BEDLOCK_PAUSE:-1}
export AWS_PAGER='' AWS_RETRY_MODE="${AWS_RETRY_MODE:-standard}" AWS_MAX_ATTEMPTS="${AWS_MAX_ATTEMPTS:-5}" PYTHONUTF8=1
command -v aws >/dev/null || fail "the AWS CLI is not here"
umask 077
mkdir -p "$run"
tmp=$run/tmp
begin || fail "another run is at work in $run; where none is, remove $tmp and begin again"
trap 'rm -rf "$tmp"' EXIT # inputs and answers are in it
trap 'exit 130' INT
trap 'exit 143' TERM
if [ ! -s "$run/id" ]; then
  od -An -N8 -tx1 /dev/urandom | tr -d ' \n' >"$tmp/id"
  mv "$tmp/id" "$run/id"
fi
run_id=$(cat "$run/id")
