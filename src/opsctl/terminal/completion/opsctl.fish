# Completion of opsctl for fish 3.4 or newer.
#
# It starts no process: all it offers stands in the lines below and in a file that the runs of opsctl renew. Both are
# described in docs/completion.md. What they say is data, and nothing of it is ever evaluated.

set -g __opsctl_lines \
#LINES

# Offer what may stand in place of the word before the cursor.
function __opsctl
    set -l given (commandline -opc)[2..]
    set -l word (commandline -ct)
    set -l lines $__opsctl_lines
    set -l names
    set -l fields
    set -l choices
    set -l taken
    set -l kind
    set -l command
    set -l service
    set -l place 1
    set -l is_naming 1
    set -l is_help
    set -l is_over
    __opsctl_read
    for one in $given
        __opsctl_pass $one
    end
    __opsctl_offer
end

# Read the file of the site that the words mean: its own commands into lines, everything else into names.
function __opsctl_read --no-scope-shadowing
    set -l config $OPSCTL_CONFIG
    set -l own $HOME/.config
    set -l cache $HOME/.cache
    string match -q -- '/*' "$XDG_CONFIG_HOME"; and set own (string replace -r '/$' '' -- $XDG_CONFIG_HOME)
    string match -q -- '/*' "$XDG_CACHE_HOME"; and set cache (string replace -r '/$' '' -- $XDG_CACHE_HOME)
    set -l is_next
    for one in $given
        test -n "$is_next"; and set config $one
        set is_next
        switch $one
            case --
                break
            case --config
                set is_next 1
            case '--config=*'
                set config (string replace -- --config= '' $one)
        end
    end
    if test -z "$config"
        set config $own/opsctl/opsctl.toml
        test -e $config; or test -L $config; or set config /etc/opsctl/opsctl.toml
    end
    set config (string replace -r -- '^~/' $HOME/ $config)
    string match -q -- '/*' $config; or set config $PWD/$config
    for variable in OPSCTL_SITE OPSCTL_STORE_PATH OPSCTL_STORE_URL
        test -n "$$variable"; and set config $config/$variable=$$variable
    end
    set -l file $cache/opsctl/completion-1(string replace -a / %/ -- $config)
    test -f $file; and test -O $file; and test -r $file; or return
    set names (string match -r '.+' <$file)
end

# Pass the word $argv, which stands before the one to complete. kind is that of the value that an option waits for,
# command the words of the command, is_naming whether they may go on, is_over whether no options follow, place the
# number of the next argument.
function __opsctl_pass --no-scope-shadowing
    if test -n "$kind"
        test $kind = service; and set service $argv
        set kind
    else if test -z "$is_over" -a "$argv" = --
        set is_over 1
        set is_naming
    else if test -z "$is_over"; and string match -q -- '-?*' $argv
        __opsctl_pass_option $argv
    else if test -n "$is_naming" -a -z "$command" -a "$argv" = help
        set is_help 1
    else if test -n "$is_naming"; and contains -- $argv (__opsctl_choices command $command | string replace -r '\x1f.*' '')
        set command (string trim -- "$command $argv")
    else
        set is_naming
        __opsctl_argument; and test $fields[5] = service; and set service $argv
        set place (math $place + 1)
    end
end

function __opsctl_pass_option --no-scope-shadowing
    test -n "$command"; and set is_naming
    __opsctl_option (string replace -r '=.*' '' -- $argv); or return
    test $fields[4] = many; or set -a taken (string split ' ' -- $fields[3])
    if string match -q -- '*=*' $argv
        test $fields[5] = service; and set service (string replace -r '^[^=]*=' '' -- $argv)
    else if test $fields[5] != switch
        set kind $fields[5]
        set choices $fields[7..]
    end
end

# The choices of kind $argv[1] of $argv[2], "*" where that is empty.
function __opsctl_choices --no-scope-shadowing
    set -l of $argv[2]
    test -n "$of"; or set of '*'
    for line in (string match -r -- '^'(string escape --style=regex -- $argv[1]\t$of)'[\t/].*' $lines $names)
        printf '%s\n' (string split -- \t $line)[3..]
    end
end

# The option with the flag $argv, into fields.
function __opsctl_option --no-scope-shadowing
    set -l of (string escape --style=regex -- "$command")
    set -l flag (string escape --style=regex -- $argv)
    set fields (string match -r -- "^option\t(?:\*|$of)\t(?:[^\t]* )?$flag(?: [^\t]*)?\t.*" $lines $names)
    test (count $fields) -gt 0; and set fields (string split -- \t $fields[1])
end

# The argument at place, into fields; the last one may stand for many.
function __opsctl_argument --no-scope-shadowing
    set -l of (string escape --style=regex -- "$command")
    set -l found (string match -r -- "^argument\t$of\t.*" $lines $names)
    set fields
    test (count $found) -gt 0; or return
    if test $place -le (count $found)
        set fields (string split -- \t $found[$place])
    else
        set fields (string split -- \t $found[-1])
        test $fields[4] = many
    end
end

# Offer what may stand in place of word.
function __opsctl_offer --no-scope-shadowing
    if test -n "$kind"
        __opsctl_values
    else if test -z "$is_over"; and string match -q -- '-*=*' $word
        __opsctl_option (string replace -r '=.*' '' -- $word); or return
        set kind $fields[5]
        set choices $fields[7..]
        __opsctl_values (string match -r '^[^=]*=' -- $word)
    else if test -z "$is_over"; and string match -q -- '-*' $word
        __opsctl_flags
    else
        test -n "$is_naming"; and __opsctl_choices command $command | string replace \x1f \t
        test -z "$is_help"; and __opsctl_argument; or return
        set kind $fields[5]
        set choices $fields[7..]
        __opsctl_values
    end
end

# Print the values of that kind behind $argv, which word has already: the service's own where it has some.
function __opsctl_values --no-scope-shadowing
    set -l value (string replace -- "$argv" '' $word)
    switch $kind
        case file # of a command that fish knows nothing about, it completes files
            set choices (complete -C "__opsctl_files $value")
        case folder
            set choices (complete -C "__opsctl_files $value" | string match -r '.*/$')
        case '*'
            test -n "$choices" -o -z "$service"; or set choices (__opsctl_choices $kind $service)
            test -n "$choices"; or set choices (__opsctl_choices $kind '*')
    end
    test -n "$choices"; and printf '%s\n' "$argv"(string replace \x1f \t -- $choices)
end

# Print the options that may still be given.
function __opsctl_flags --no-scope-shadowing
    set -l of (string escape --style=regex -- "$command")
    for line in (test -z "$is_help"; and string match -r -- "^option\t$of\t.*" $lines $names) (string match -r -- "^option\t\*\t.*" $lines)
        set fields (string split -- \t $line)
        for flag in (string split ' ' -- $fields[3])
            contains -- $flag $taken; or printf '%s\t%s\n' $flag $fields[6]
        end
    end
end

complete -c opsctl -f -k -a '(__opsctl)'
