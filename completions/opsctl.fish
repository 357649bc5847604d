# Completion of opsctl for fish 3.4 or newer.
#
# It starts no process: all it offers stands in the lines below and in a file that the runs of opsctl renew. Both are
# described in docs/completion.md. What they say is data, and nothing of it is ever evaluated.

set -g __opsctl_lines \
    'command'\t'*'\t'deploy'\x1f'Deploy a version of a service; what runs stays until the new version is healthy.' \
    'command'\t'*'\t'rollback'\x1f'Roll back to the last healthy release; a deploy that still runs is cancelled first.' \
    'command'\t'*'\t'scale'\x1f'Scale a service to a number of replicas.' \
    'command'\t'*'\t'migrate'\x1f'Run the database migrations of a service.' \
    'command'\t'*'\t'incident'\x1f'create, update, assign, resolve, list, show' \
    'command'\t'*'\t'status'\x1f'Show what runs where: release, replicas, health, since when and by whom.' \
    'command'\t'*'\t'logs'\x1f'Show what a service wrote, over all its replicas.' \
    'command'\t'*'\t'approve'\x1f'Approve an operation that waits for it.' \
    'command'\t'*'\t'reject'\x1f'Reject an operation that waits for approval; your own is cancelled.' \
    'command'\t'*'\t'approvals'\x1f'List the operations that wait for approval, with who may give it.' \
    'command'\t'*'\t'run'\x1f'Wait for an operation that stands, and carry it out once it is approved.' \
    'command'\t'*'\t'cancel'\x1f'Cancel an operation that waits or runs; what can be put back is put back.' \
    'command'\t'*'\t'operations'\x1f'List operations, newest first, or tell the story of one.' \
    'command'\t'*'\t'audit'\x1f'Show who did what when, newest first.' \
    'command'\t'*'\t'site'\x1f'publish, show, diff' \
    'command'\t'*'\t'init'\x1f'Make the settings, the site file and the store of a new site; asks five questions.' \
    'command'\t'*'\t'config'\x1f'check, show' \
    'command'\t'*'\t'doctor'\x1f'Look at every part: what is down, what still works, what to do.' \
    'command'\t'*'\t'secrets'\x1f'set, list, remove' \
    'command'\t'*'\t'room'\x1f'Show what was said in the room, the embedded chat.' \
    'command'\t'*'\t'slack'\x1f'manifest, check' \
    'command'\t'*'\t'completion'\x1f'install, show' \
    'command'\t'*'\t'relay'\x1f'Carry what is said in chat to the action core and back, and serve the room; until it is stopped.' \
    'command'\t'*'\t'demo'\x1f'Make a playground of real services and take a tour of it; needs no account.' \
    'command'\t'incident'\t'create'\x1f'Open an incident: a channel, a commander, a page to the team, the status page.' \
    'command'\t'incident'\t'update'\x1f'Post an update about an incident, to its channel and to the status page.' \
    'command'\t'incident'\t'assign'\x1f'Give an incident another commander.' \
    'command'\t'incident'\t'resolve'\x1f'Resolve an incident: the status page says so, and its postmortem is scheduled and drafted.' \
    'command'\t'incident'\t'list'\x1f'List incidents, newest first.' \
    'command'\t'incident'\t'show'\x1f'Show an incident: who leads, what was told, what is done outside and what is not.' \
    'command'\t'audit'\t'show'\x1f'Show everything the journal holds about one command, and whether it holds.' \
    'command'\t'audit'\t'verify'\x1f'Prove that nothing in the journal was changed, removed or reordered.' \
    'command'\t'site'\t'publish'\x1f'Publish a site file: what it says counts from then on.' \
    'command'\t'site'\t'show'\x1f'Show the published site, as JSON.' \
    'command'\t'site'\t'diff'\x1f'Show what publishing a site file would change, in words.' \
    'command'\t'config'\t'check'\x1f'Tell everything that is wrong in what is set, at once.' \
    'command'\t'config'\t'show'\x1f'Show every setting that counts, and where it comes from.' \
    'command'\t'secrets'\t'set'\x1f'Keep a secret in the keyring; asked for, or from standard input.' \
    'command'\t'secrets'\t'list'\x1f'List the secrets and where each is kept; never a value.' \
    'command'\t'secrets'\t'remove'\x1f'Remove a secret from the keyring.' \
    'command'\t'room'\t'open'\x1f'Print a link that opens the room\'s page as you; it works once, for two minutes.' \
    'command'\t'room'\t'post'\x1f'Say something in the room; a line that begins with / is a command, for the relay to carry out.' \
    'command'\t'room'\t'follow'\x1f'Show what is said in the room as it is said, until Ctrl-C.' \
    'command'\t'slack'\t'manifest'\x1f'Print the manifest to make the Slack app from: commands, scopes, events; written for this site.' \
    'command'\t'slack'\t'check'\x1f'Check Slack: the tokens, what they may do, channels, people, and that what happens there is heard.' \
    'command'\t'completion'\t'install'\x1f'Install completion for your shell.' \
    'command'\t'completion'\t'show'\x1f'Print the completion script of a shell.' \
    'command'\t'demo'\t'stop'\x1f'End a playground\'s processes; its folder, with journal and logs, stays.' \
    'argument'\t'deploy'\t'SERVICE'\t'once'\t'service'\t'A service of the site.' \
    'argument'\t'deploy'\t'VERSION'\t'once'\t'version'\t'The version to run.' \
    'argument'\t'deploy'\t'ENVIRONMENT'\t'once'\t'environment'\t'Where it runs.' \
    'option'\t'deploy'\t'--dry-run'\t'once'\t'switch'\t'Show the plan, its rule and who may approve it; change nothing.' \
    'argument'\t'rollback'\t'SERVICE'\t'once'\t'service'\t'A service of the site.' \
    'argument'\t'rollback'\t'ENVIRONMENT'\t'once'\t'environment'\t'Where it runs.' \
    'option'\t'rollback'\t'--dry-run'\t'once'\t'switch'\t'Show the plan, its rule and who may approve it; change nothing.' \
    'argument'\t'scale'\t'SERVICE'\t'once'\t'service'\t'A service of the site.' \
    'argument'\t'scale'\t'REPLICAS'\t'once'\t'text'\t'Replicas wanted.' \
    'argument'\t'scale'\t'ENVIRONMENT'\t'once'\t'environment'\t'Where it runs.' \
    'option'\t'scale'\t'--dry-run'\t'once'\t'switch'\t'Show the plan, its rule and who may approve it; change nothing.' \
    'argument'\t'migrate'\t'SERVICE'\t'once'\t'service'\t'A service of the site.' \
    'argument'\t'migrate'\t'ENVIRONMENT'\t'once'\t'environment'\t'Where it runs.' \
    'option'\t'migrate'\t'--dry-run'\t'once'\t'switch'\t'Show the plan, its rule and who may approve it; change nothing.' \
    'argument'\t'incident create'\t'TITLE'\t'once'\t'text'\t'What is wrong, in words that everybody may read.' \
    'option'\t'incident create'\t'--severity'\t'once'\t'choice'\t'How bad it is; sev1 is the worst.'\t'sev1'\t'sev2'\t'sev3'\t'sev4' \
    'option'\t'incident create'\t'--service'\t'once'\t'service'\t'What it is about.' \
    'option'\t'incident create'\t'--commander'\t'once'\t'person'\t'Who leads; else you do.' \
    'option'\t'incident create'\t'--dry-run'\t'once'\t'switch'\t'Show the plan, its rule and who may approve it; change nothing.' \
    'argument'\t'incident update'\t'TEXT'\t'once'\t'text'\t'How it goes; everybody may read it.' \
    'option'\t'incident update'\t'--status'\t'once'\t'choice'\t'How far it has come.'\t'investigating'\t'identified'\t'monitoring' \
    'option'\t'incident update'\t'--incident'\t'once'\t'incident'\t'Such as inc-7; else the channel\'s, else the only open one.' \
    'option'\t'incident update'\t'--dry-run'\t'once'\t'switch'\t'Show the plan, its rule and who may approve it; change nothing.' \
    'argument'\t'incident assign'\t'PERSON'\t'once'\t'person'\t'Who leads from now on.' \
    'option'\t'incident assign'\t'--incident'\t'once'\t'incident'\t'Such as inc-7; else the channel\'s, else the only open one.' \
    'option'\t'incident assign'\t'--dry-run'\t'once'\t'switch'\t'Show the plan, its rule and who may approve it; change nothing.' \
    'argument'\t'incident resolve'\t'TEXT'\t'once'\t'text'\t'What ended it; everybody may read it.' \
    'option'\t'incident resolve'\t'--incident'\t'once'\t'incident'\t'Such as inc-7; else the channel\'s, else the only open one.' \
    'option'\t'incident resolve'\t'--dry-run'\t'once'\t'switch'\t'Show the plan, its rule and who may approve it; change nothing.' \
    'argument'\t'status'\t'SERVICE'\t'once'\t'service'\t'Only this service.' \
    'option'\t'status'\t'--environment'\t'once'\t'environment'\t'Only in this environment.' \
    'option'\t'status'\t'--watch -w'\t'once'\t'switch'\t'Look again and again, and show what is there now, until Ctrl-C.' \
    'option'\t'incident list'\t'--open'\t'once'\t'switch'\t'Only those that are not resolved.' \
    'option'\t'incident list'\t'--limit'\t'once'\t'text'\t'At most so many.' \
    'argument'\t'incident show'\t'INCIDENT'\t'once'\t'incident'\t'Such as inc-7; else the channel\'s, else the only open one.' \
    'option'\t'incident show'\t'--postmortem'\t'once'\t'switch'\t'The draft of its postmortem, in Markdown, from the journal.' \
    'argument'\t'logs'\t'SERVICE'\t'once'\t'service'\t'A service of the site.' \
    'option'\t'logs'\t'--last'\t'once'\t'text'\t'How far back: 90s, 15m, 1h, 2d.' \
    'option'\t'logs'\t'--environment'\t'once'\t'environment'\t'Only in this environment.' \
    'option'\t'logs'\t'--grep'\t'once'\t'text'\t'Only lines that contain this text.' \
    'option'\t'logs'\t'--follow -f'\t'once'\t'switch'\t'Go on with new lines as they come.' \
    'option'\t'logs'\t'--limit'\t'once'\t'text'\t'The newest lines only; 0 means all.' \
    'argument'\t'approve'\t'OPERATION'\t'once'\t'awaiting-operation'\t'Such as op-7f3k9q.' \
    'option'\t'approve'\t'--plan'\t'once'\t'text'\t'Count only if the plan is still the one with this digest.' \
    'argument'\t'reject'\t'OPERATION'\t'once'\t'awaiting-operation'\t'Such as op-7f3k9q.' \
    'argument'\t'reject'\t'REASON'\t'once'\t'text'\t'Why not; the requester sees it.' \
    'option'\t'reject'\t'--plan'\t'once'\t'text'\t'Count only if the plan is still the one with this digest.' \
    'option'\t'approvals'\t'--mine'\t'once'\t'switch'\t'Only those that you may approve.' \
    'argument'\t'run'\t'OPERATION'\t'once'\t'open-operation'\t'Such as op-7f3k9q.' \
    'argument'\t'cancel'\t'OPERATION'\t'once'\t'open-operation'\t'Such as op-7f3k9q.' \
    'argument'\t'cancel'\t'REASON'\t'once'\t'text'\t'Why; everybody sees it.' \
    'argument'\t'operations'\t'OPERATION'\t'once'\t'operation'\t'Only this one, from its first entry on.' \
    'option'\t'operations'\t'--service'\t'once'\t'service'\t'Only of this service.' \
    'option'\t'operations'\t'--environment'\t'once'\t'environment'\t'Only in this environment.' \
    'option'\t'operations'\t'--open'\t'once'\t'switch'\t'Only those that are not over.' \
    'option'\t'operations'\t'--watch -w'\t'once'\t'switch'\t'Look again and again, and show what is there now, until Ctrl-C.' \
    'option'\t'operations'\t'--limit'\t'once'\t'text'\t'At most so many.' \
    'option'\t'audit'\t'--who'\t'once'\t'person'\t'Only what this person asked for.' \
    'option'\t'audit'\t'--service'\t'once'\t'service'\t'Only of this service.' \
    'option'\t'audit'\t'--environment'\t'once'\t'environment'\t'Only in this environment.' \
    'option'\t'audit'\t'--result'\t'once'\t'choice'\t'Only with this result.'\t'success'\t'failure'\t'rejected'\t'denied'\t'expired'\t'cancelled'\t'interrupted' \
    'option'\t'audit'\t'--last'\t'once'\t'text'\t'How far back: 90m, 12h, 7d; 0s means all.' \
    'option'\t'audit'\t'--since'\t'once'\t'text'\t'Asked for then or later; see: help times.' \
    'option'\t'audit'\t'--until'\t'once'\t'text'\t'Asked for before that; see: help times.' \
    'option'\t'audit'\t'--limit'\t'once'\t'text'\t'At most so many.' \
    'argument'\t'audit show'\t'OPERATION'\t'once'\t'operation'\t'Such as op-7f3k9q.' \
    'option'\t'audit verify'\t'--new-head'\t'once'\t'switch'\t'Make the head file anew, where you know why it is missing.' \
    'argument'\t'site publish'\t'FILE'\t'once'\t'file'\t'The site file.' \
    'argument'\t'site diff'\t'FILE'\t'once'\t'file'\t'The site file.' \
    'option'\t'init'\t'--folder'\t'once'\t'folder'\t'Where to; else your configuration folder.' \
    'option'\t'init'\t'--group'\t'once'\t'text'\t'Share the site with this group of the system.' \
    'option'\t'config check'\t'--site'\t'once'\t'file'\t'The site file, if not site.toml beside the settings.' \
    'argument'\t'secrets set'\t'NAME'\t'once'\t'text'\t'Such as slack-token.' \
    'argument'\t'secrets remove'\t'NAME'\t'once'\t'text'\t'Such as slack-token.' \
    'option'\t'room'\t'--channel'\t'once'\t'text'\t'Without its #; else the site\'s own.' \
    'option'\t'room'\t'--limit'\t'once'\t'text'\t'At most so many.' \
    'argument'\t'room post'\t'TEXT'\t'once'\t'text'\t'What to say.' \
    'option'\t'room post'\t'--channel'\t'once'\t'text'\t'Without its #; else the site\'s own.' \
    'option'\t'room follow'\t'--channel'\t'once'\t'text'\t'Without its #; else the site\'s own.' \
    'argument'\t'completion install'\t'SHELL'\t'once'\t'choice'\t'Else the one you are in.'\t'bash'\t'zsh'\t'fish' \
    'argument'\t'completion show'\t'SHELL'\t'once'\t'choice'\t'bash, zsh or fish.'\t'bash'\t'zsh'\t'fish' \
    'option'\t'relay'\t'--listen'\t'once'\t'text'\t'HOST:PORT or unix:PATH; else what the settings say.' \
    'option'\t'demo'\t'--folder'\t'once'\t'folder'\t'Where the playground is.' \
    'option'\t'demo'\t'--no-tour'\t'once'\t'switch'\t'Only make the playground.' \
    'option'\t'demo stop'\t'--folder'\t'once'\t'folder'\t'Where the playground is.' \
    'command'\t'*'\t'help'\x1f'Tell about a command, or about all.' \
    'option'\t'*'\t'--yes -y'\t'once'\t'switch'\t'Confirm without being asked.' \
    'option'\t'*'\t'--output -o'\t'once'\t'choice'\t'text, JSON lines as things happen, or CSV where there are rows.'\t'text'\t'json'\t'csv' \
    'option'\t'*'\t'--config'\t'once'\t'file'\t'Settings file (else OPSCTL_CONFIG, else yours).' \
    'option'\t'*'\t'--as'\t'once'\t'person'\t'Speak as this person; only in a playground.' \
    'option'\t'*'\t'--debug'\t'once'\t'switch'\t'Show the traceback of an error.' \
    'option'\t'*'\t'--version'\t'once'\t'switch'\t'Show the version.' \
    'option'\t'*'\t'--help -h'\t'once'\t'switch'\t'Show this.'

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
    for variable in OPSCTL_SITE OPSCTL_STORE_PATH
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
