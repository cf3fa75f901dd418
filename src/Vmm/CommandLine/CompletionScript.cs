using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>
/// Shell functions that complete command lines of <c>vmm</c>. They ask <c>vmm "[suggest:POSITION]" "LINE"</c>, System.CommandLine's own
/// directive; where it has nothing to say, or only options though none was begun, the shell completes file names.
/// </summary>
internal static class CompletionScript
{
    private const string Bash = """
        # vmm completion for bash: eval "$(vmm completion bash)"
        _vmm() {
            local word=${COMP_WORDS[COMP_CWORD]} line
            COMPREPLY=()
            while IFS= read -r line; do
                [[ $line == "$word"* ]] || continue
                [[ $line == -* && $word != -* ]] && continue
                COMPREPLY+=("$line")
            done < <("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
        }
        complete -o default -F _vmm vmm

        """;

    private const string Zsh = """
        # vmm completion for zsh: eval "$(vmm completion zsh)"
        _vmm() {
            local line
            local -a found
            for line in "${(@f)$(${words[1]} "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}"; do
                [[ $line == ${words[CURRENT]}* ]] || continue
                [[ $line == -* && ${words[CURRENT]} != -* ]] && continue
                found+=("$line")
            done
            if (( ${#found} )); then compadd -- "${found[@]}"; else _files; fi
        }
        compdef _vmm vmm

        """;

    private const string Fish = """
        # vmm completion for fish: vmm completion fish | source
        function __vmm_complete
            set -l word (commandline --current-token)
            vmm "[suggest:"(commandline --cursor)"]" (commandline) 2>/dev/null | while read -l line
                if not string match --quiet -- '-*' $line; or string match --quiet -- '-*' $word
                    echo $line
                end
            end
        end
        complete --command vmm --arguments '(__vmm_complete)'

        """;

    /// <summary>The shells, as the command line names them.</summary>
    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish"];

    /// <summary>The script for <paramref name="shell"/>.</summary>
    /// <exception cref="InvalidOptionException">There is none for this shell.</exception>
    public static string For(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        _ => throw new InvalidOptionException($"no completion for the shell '{shell}'; there is one for {string.Join(", ", Shells)}"),
    };
}
