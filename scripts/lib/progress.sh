# shellcheck shell=bash
# What the user sees while a command works, and how it ends: notes, timed steps, failures, cleaning up.

program=${program:-$(basename "$0")}

# A line for the user; standard output stays free for results.
note() { printf '%s: %s\n' "$program" "$*" >&2; }

# Ends the command. Say what was tried and what to do about it.
fail() {
    note "$*"
    exit 1
}

# Microseconds of the clock; now minus an earlier now is a duration.
now() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }
seconds_since() { awk -v us="$(($(now) - $1))" 'BEGIN { printf "%.1f", us / 1000000 }'; }

# at_exit COMMAND…: runs it when the script ends, however it ends; the newest first.
at_exit_commands=()
at_exit() { at_exit_commands=("$(printf '%q ' "$@")" "${at_exit_commands[@]}"); }
run_at_exit() {
    local command
    set +e
    trap '' INT TERM HUP
    for command in "${at_exit_commands[@]}"; do eval "$command"; done
}
trap run_at_exit EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# The log of this run: everything a step prints. Made on first use, old ones removed.
log_file=
open_log() {
    [ -z "$log_file" ] || return 0
    mkdir -p "$cache_root/log"
    find "$cache_root/log" -name '*.log' -mtime +7 -delete
    log_file=$cache_root/log/$program-$$.log
    : >"$log_file"
}

# Shows TITLE with the time since START (microseconds): one line kept up to date on a terminal; elsewhere
# a line once the step has lasted two seconds and one more every half minute.
show_progress() {
    local title=$1 start=$2 shown=0 elapsed never
    trap '' INT
    # Waiting on a pipe that stays empty needs no sleep process that would outlive this one.
    exec {never}<> <(:)
    while kill -0 $$ 2>/dev/null; do
        read -r -t 1 -u "$never" || true
        elapsed=$((($(now) - start) / 1000000))
        if [ -t 2 ]; then
            printf '\r%s: %s … %d s ' "$program" "$title" "$elapsed" >&2
        elif [ $elapsed -ge 2 ] && { [ $shown -eq 0 ] || [ $((elapsed - shown)) -ge 30 ]; }; then
            note "$title … ($elapsed s)"
            shown=$elapsed
        fi
    done
}

# step TITLE COMMAND…: runs COMMAND in a subshell, its output in the log. Says how long it took when that was
# over two seconds; ends the script when it failed, showing the end of its output.
step() {
    local title=$1 start status ticker
    shift
    open_log
    printf '\n== %s\n' "$title" >>"$log_file"
    start=$(now)
    show_progress "$title" "$start" </dev/null &
    ticker=$!
    set +e
    (
        set -e
        "$@"
    ) >>"$log_file" 2>&1
    status=$?
    set -e
    kill "$ticker" 2>/dev/null
    wait "$ticker" 2>/dev/null || true
    if [ -t 2 ]; then printf '\r\033[K' >&2; fi
    if [ $status -ne 0 ]; then
        sed -n "/^== /h;/^== /!H;\${x;p}" "$log_file" | tail -n 15 >&2
        fail "$title: failed (exit status $status). The whole log: $log_file"
    fi
    if [ $(($(now) - start)) -ge 2000000 ]; then note "$title: $(seconds_since "$start") s"; fi
}
