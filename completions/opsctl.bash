# Completion of opsctl for bash 4.4 or newer.
#
# It starts no process: all it offers stands in the lines below and in a file that the runs of opsctl renew. Both are
# described in docs/completion.md. What they say is data, and nothing of it is ever evaluated.

__opsctl_lines=(
  $'command\t*\tdeploy\x1fDeploy a version of a service; what runs stays until the new version is healthy.'
  $'command\t*\trollback\x1fRoll back to the last healthy release; a deploy that still runs is cancelled first.'
  $'command\t*\tscale\x1fScale a service to a number of replicas.'
  $'command\t*\tmigrate\x1fRun the database migrations of a service.'
  $'command\t*\tincident\x1fcreate, update, assign, resolve, list, show'
  $'command\t*\tstatus\x1fShow what runs where: release, replicas, health, since when and by whom.'
  $'command\t*\tlogs\x1fShow what a service wrote, over all its replicas.'
  $'command\t*\tapprove\x1fApprove an operation that waits for it.'
  $'command\t*\treject\x1fReject an operation that waits for approval; your own is cancelled.'
  $'command\t*\tapprovals\x1fList the operations that wait for approval, with who may give it.'
  $'command\t*\trun\x1fWait for an operation that stands, and carry it out once it is approved.'
  $'command\t*\tcancel\x1fCancel an operation that waits or runs; what can be put back is put back.'
  $'command\t*\toperations\x1fList operations, newest first, or tell the story of one.'
  $'command\t*\taudit\x1fShow who did what when, newest first.'
  $'command\t*\tsite\x1fpublish, show, diff'
  $'command\t*\tinit\x1fMake the settings, the site file and the store of a new site; asks five questions.'
  $'command\t*\tconfig\x1fcheck, show'
  $'command\t*\tdoctor\x1fLook at every part: what is down, what still works, what to do.'
  $'command\t*\tsecrets\x1fset, list, remove'
  $'command\t*\troom\x1fShow what was said in the room, the embedded chat.'
  $'command\t*\tslack\x1fmanifest, check'
  $'command\t*\tcompletion\x1finstall, show'
  $'command\t*\trelay\x1fCarry what is said in chat to the action core and back, and serve the room; until it is stopped.'
  $'command\t*\tdemo\x1fMake a playground of real services and take a tour of it; needs no account.'
  $'command\tincident\tcreate\x1fOpen an incident: a channel, a commander, a page to the team, the status page.'
  $'command\tincident\tupdate\x1fPost an update about an incident, to its channel and to the status page.'
  $'command\tincident\tassign\x1fGive an incident another commander.'
  $'command\tincident\tresolve\x1fResolve an incident: the status page says so, and its postmortem is scheduled and drafted.'
  $'command\tincident\tlist\x1fList incidents, newest first.'
  $'command\tincident\tshow\x1fShow an incident: who leads, what was told, what is done outside and what is not.'
  $'command\taudit\tshow\x1fShow everything the journal holds about one command, and whether it holds.'
  $'command\taudit\tverify\x1fProve that nothing in the journal was changed, removed or reordered.'
  $'command\tsite\tpublish\x1fPublish a site file: what it says counts from then on.'
  $'command\tsite\tshow\x1fShow the published site, as JSON.'
  $'command\tsite\tdiff\x1fShow what publishing a site file would change, in words.'
  $'command\tconfig\tcheck\x1fTell everything that is wrong in what is set, at once.'
  $'command\tconfig\tshow\x1fShow every setting that counts, and where it comes from.'
  $'command\tsecrets\tset\x1fKeep a secret in the keyring; asked for, or from standard input.'
  $'command\tsecrets\tlist\x1fList the secrets and where each is kept; never a value.'
  $'command\tsecrets\tremove\x1fRemove a secret from the keyring.'
  $'command\troom\topen\x1fPrint a link that opens the room\'s page as you; it works once, for two minutes.'
  $'command\troom\tpost\x1fSay something in the room; a line that begins with / is a command, for the relay to carry out.'
  $'command\troom\tfollow\x1fShow what is said in the room as it is said, until Ctrl-C.'
  $'command\tslack\tmanifest\x1fPrint the manifest to make the Slack app from: commands, scopes, events; written for this site.'
  $'command\tslack\tcheck\x1fCheck Slack: the tokens, what they may do, channels, people, and that what happens there is heard.'
  $'command\tcompletion\tinstall\x1fInstall completion for your shell.'
  $'command\tcompletion\tshow\x1fPrint the completion script of a shell.'
  $'command\tdemo\tstop\x1fEnd a playground\'s processes; its folder, with journal and logs, stays.'
  $'argument\tdeploy\tSERVICE\tonce\tservice\tA service of the site.'
  $'argument\tdeploy\tVERSION\tonce\tversion\tThe version to run.'
  $'argument\tdeploy\tENVIRONMENT\tonce\tenvironment\tWhere it runs.'
  $'option\tdeploy\t--dry-run\tonce\tswitch\tShow the plan, its rule and who may approve it; change nothing.'
  $'argument\trollback\tSERVICE\tonce\tservice\tA service of the site.'
  $'argument\trollback\tENVIRONMENT\tonce\tenvironment\tWhere it runs.'
  $'option\trollback\t--dry-run\tonce\tswitch\tShow the plan, its rule and who may approve it; change nothing.'
  $'argument\tscale\tSERVICE\tonce\tservice\tA service of the site.'
  $'argument\tscale\tREPLICAS\tonce\ttext\tReplicas wanted.'
  $'argument\tscale\tENVIRONMENT\tonce\tenvironment\tWhere it runs.'
  $'option\tscale\t--dry-run\tonce\tswitch\tShow the plan, its rule and who may approve it; change nothing.'
  $'argument\tmigrate\tSERVICE\tonce\tservice\tA service of the site.'
  $'argument\tmigrate\tENVIRONMENT\tonce\tenvironment\tWhere it runs.'
  $'option\tmigrate\t--dry-run\tonce\tswitch\tShow the plan, its rule and who may approve it; change nothing.'
  $'argument\tincident create\tTITLE\tonce\ttext\tWhat is wrong, in words that everybody may read.'
  $'option\tincident create\t--severity\tonce\tchoice\tHow bad it is; sev1 is the worst.\tsev1\tsev2\tsev3\tsev4'
  $'option\tincident create\t--service\tonce\tservice\tWhat it is about.'
  $'option\tincident create\t--commander\tonce\tperson\tWho leads; else you do.'
  $'option\tincident create\t--dry-run\tonce\tswitch\tShow the plan, its rule and who may approve it; change nothing.'
  $'argument\tincident update\tTEXT\tonce\ttext\tHow it goes; everybody may read it.'
  $'option\tincident update\t--status\tonce\tchoice\tHow far it has come.\tinvestigating\tidentified\tmonitoring'
  $'option\tincident update\t--incident\tonce\tincident\tSuch as inc-7; else the channel\'s, else the only open one.'
  $'option\tincident update\t--dry-run\tonce\tswitch\tShow the plan, its rule and who may approve it; change nothing.'
  $'argument\tincident assign\tPERSON\tonce\tperson\tWho leads from now on.'
  $'option\tincident assign\t--incident\tonce\tincident\tSuch as inc-7; else the channel\'s, else the only open one.'
  $'option\tincident assign\t--dry-run\tonce\tswitch\tShow the plan, its rule and who may approve it; change nothing.'
  $'argument\tincident resolve\tTEXT\tonce\ttext\tWhat ended it; everybody may read it.'
  $'option\tincident resolve\t--incident\tonce\tincident\tSuch as inc-7; else the channel\'s, else the only open one.'
  $'option\tincident resolve\t--dry-run\tonce\tswitch\tShow the plan, its rule and who may approve it; change nothing.'
  $'argument\tstatus\tSERVICE\tonce\tservice\tOnly this service.'
  $'option\tstatus\t--environment\tonce\tenvironment\tOnly in this environment.'
  $'option\tstatus\t--watch -w\tonce\tswitch\tLook again and again, and show what is there now, until Ctrl-C.'
  $'option\tincident list\t--open\tonce\tswitch\tOnly those that are not resolved.'
  $'option\tincident list\t--limit\tonce\ttext\tAt most so many.'
  $'argument\tincident show\tINCIDENT\tonce\tincident\tSuch as inc-7; else the channel\'s, else the only open one.'
  $'option\tincident show\t--postmortem\tonce\tswitch\tThe draft of its postmortem, in Markdown, from the journal.'
  $'argument\tlogs\tSERVICE\tonce\tservice\tA service of the site.'
  $'option\tlogs\t--last\tonce\ttext\tHow far back: 90s, 15m, 1h, 2d.'
  $'option\tlogs\t--environment\tonce\tenvironment\tOnly in this environment.'
  $'option\tlogs\t--grep\tonce\ttext\tOnly lines that contain this text.'
  $'option\tlogs\t--follow -f\tonce\tswitch\tGo on with new lines as they come.'
  $'option\tlogs\t--limit\tonce\ttext\tThe newest lines only; 0 means all.'
  $'argument\tapprove\tOPERATION\tonce\tawaiting-operation\tSuch as op-7f3k9q.'
  $'option\tapprove\t--plan\tonce\ttext\tCount only if the plan is still the one with this digest.'
  $'argument\treject\tOPERATION\tonce\tawaiting-operation\tSuch as op-7f3k9q.'
  $'argument\treject\tREASON\tonce\ttext\tWhy not; the requester sees it.'
  $'option\treject\t--plan\tonce\ttext\tCount only if the plan is still the one with this digest.'
  $'option\tapprovals\t--mine\tonce\tswitch\tOnly those that you may approve.'
  $'argument\trun\tOPERATION\tonce\topen-operation\tSuch as op-7f3k9q.'
  $'argument\tcancel\tOPERATION\tonce\topen-operation\tSuch as op-7f3k9q.'
  $'argument\tcancel\tREASON\tonce\ttext\tWhy; everybody sees it.'
  $'argument\toperations\tOPERATION\tonce\toperation\tOnly this one, from its first entry on.'
  $'option\toperations\t--service\tonce\tservice\tOnly of this service.'
  $'option\toperations\t--environment\tonce\tenvironment\tOnly in this environment.'
  $'option\toperations\t--open\tonce\tswitch\tOnly those that are not over.'
  $'option\toperations\t--watch -w\tonce\tswitch\tLook again and again, and show what is there now, until Ctrl-C.'
  $'option\toperations\t--limit\tonce\ttext\tAt most so many.'
  $'option\taudit\t--who\tonce\tperson\tOnly what this person asked for.'
  $'option\taudit\t--service\tonce\tservice\tOnly of this service.'
  $'option\taudit\t--environment\tonce\tenvironment\tOnly in this environment.'
  $'option\taudit\t--result\tonce\tchoice\tOnly with this result.\tsuccess\tfailure\trejected\tdenied\texpired\tcancelled\tinterrupted'
  $'option\taudit\t--last\tonce\ttext\tHow far back: 90m, 12h, 7d; 0s means all.'
  $'option\taudit\t--since\tonce\ttext\tAsked for then or later; see: help times.'
  $'option\taudit\t--until\tonce\ttext\tAsked for before that; see: help times.'
  $'option\taudit\t--limit\tonce\ttext\tAt most so many.'
  $'argument\taudit show\tOPERATION\tonce\toperation\tSuch as op-7f3k9q.'
  $'option\taudit verify\t--new-head\tonce\tswitch\tMake the head file anew, where you know why it is missing.'
  $'argument\tsite publish\tFILE\tonce\tfile\tThe site file.'
  $'argument\tsite diff\tFILE\tonce\tfile\tThe site file.'
  $'option\tinit\t--folder\tonce\tfolder\tWhere to; else your configuration folder.'
  $'option\tinit\t--group\tonce\ttext\tShare the site with this group of the system.'
  $'option\tconfig check\t--site\tonce\tfile\tThe site file, if not site.toml beside the settings.'
  $'argument\tsecrets set\tNAME\tonce\ttext\tSuch as slack-token.'
  $'argument\tsecrets remove\tNAME\tonce\ttext\tSuch as slack-token.'
  $'option\troom\t--channel\tonce\ttext\tWithout its #; else the site\'s own.'
  $'option\troom\t--limit\tonce\ttext\tAt most so many.'
  $'argument\troom post\tTEXT\tonce\ttext\tWhat to say.'
  $'option\troom post\t--channel\tonce\ttext\tWithout its #; else the site\'s own.'
  $'option\troom follow\t--channel\tonce\ttext\tWithout its #; else the site\'s own.'
  $'argument\tcompletion install\tSHELL\tonce\tchoice\tElse the one you are in.\tbash\tzsh\tfish'
  $'argument\tcompletion show\tSHELL\tonce\tchoice\tbash, zsh or fish.\tbash\tzsh\tfish'
  $'option\trelay\t--listen\tonce\ttext\tHOST:PORT or unix:PATH; else what the settings say.'
  $'option\tdemo\t--folder\tonce\tfolder\tWhere the playground is.'
  $'option\tdemo\t--no-tour\tonce\tswitch\tOnly make the playground.'
  $'option\tdemo stop\t--folder\tonce\tfolder\tWhere the playground is.'
  $'command\t*\thelp\x1fTell about a command, or about all.'
  $'option\t*\t--yes -y\tonce\tswitch\tConfirm without being asked.'
  $'option\t*\t--output -o\tonce\tchoice\ttext, JSON lines as things happen, or CSV where there are rows.\ttext\tjson\tcsv'
  $'option\t*\t--config\tonce\tfile\tSettings file (else OPSCTL_CONFIG, else yours).'
  $'option\t*\t--as\tonce\tperson\tSpeak as this person; only in a playground.'
  $'option\t*\t--debug\tonce\tswitch\tShow the traceback of an error.'
  $'option\t*\t--version\tonce\tswitch\tShow the version.'
  $'option\t*\t--help -h\tonce\tswitch\tShow this.'
)

# Complete the word before the cursor; $2 is the part of it that readline replaces.
__opsctl() {
  local - IFS=$' \t\n' line word quote kind='' command='' service='' is_naming=1 is_help='' is_over='' replaced=$2
  local -a words lines=("${__opsctl_lines[@]}") names=() fields=() choices=() given=()
  local -A taken=()
  local -i at
  set -f +u
  COMPREPLY=()
  __opsctl_split "${COMP_LINE:0:COMP_POINT}"
  words=("${words[@]:1}")
  __opsctl_read
  for line in "${words[@]}"; do __opsctl_pass "$line"; done
  __opsctl_offer
}

# Split $1 as the shell does, but expand nothing, into words and the last one, word; quote is what is open in that.
__opsctl_split() {
  local text=$1 piece is_word=
  words=() word='' quote=''
  while [[ $text ]]; do
    piece=${text%%[\'\"\\[:space:]]*} text=${text:${#piece}}
    [[ ! $piece ]] || word+=$piece is_word=1
    piece=${text:0:1} text=${text:1}
    case $piece in
    '') ;;
    [[:space:]])
      [[ ! $is_word ]] || words+=("$word")
      word='' is_word=
      ;;
    \\) word+=${text:0:1} is_word=1 text=${text:1} ;;
    *)
      quote=$piece is_word=1
      __opsctl_unquote
      ;;
    esac
  done
}

# Move what stands before the closing quote from text to word.
__opsctl_unquote() {
  local piece
  while [[ $text && $quote ]]; do
    if [[ $quote == \' ]]; then piece=${text%%\'*}; else piece=${text%%[\"\\]*}; fi
    word+=$piece text=${text:${#piece}}
    case $text in
    '') ;;
    \\[\$\`\"\\]*) word+=${text:1:1} text=${text:2} ;;
    \\*) word+=\\ text=${text:1} ;;
    *) quote='' text=${text:1} ;;
    esac
  done
}

# Read the file of the site that the words mean: its own commands into lines, everything else into names.
__opsctl_read() {
  local config=${OPSCTL_CONFIG} own=${XDG_CONFIG_HOME} cache=${XDG_CACHE_HOME} variable file
  [[ $own == /* ]] || own=$HOME/.config
  [[ $cache == /* ]] || cache=$HOME/.cache
  for ((at = 0; at < ${#words[@]}; at++)); do
    case ${words[at]} in
    --) break ;;
    --config) config=${words[at + 1]} ;;
    --config=*) config=${words[at]#*=} ;;
    esac
  done
  if [[ ! $config ]]; then
    config=${own%/}/opsctl/opsctl.toml
    [[ -e $config || -L $config ]] || config=/etc/opsctl/opsctl.toml
  fi
  # shellcheck disable=SC2088 # as it was typed
  [[ $config != '~/'* ]] || config=$HOME/${config#*/}
  [[ $config == /* ]] || config=$PWD/$config
  for variable in OPSCTL_SITE OPSCTL_STORE_PATH; do
    [[ ! ${!variable} ]] || config+=/$variable=${!variable}
  done
  file=${cache%/}/opsctl/completion-1${config//\//%/}
  [[ -f $file && -O $file && -r $file ]] || return
  mapfile -t names <"$file"
  for ((at = 0; at < ${#names[@]}; at++)); do
    [[ ${names[at]} == @(command|argument|option)$'\t'* ]] || break
    lines+=("${names[at]}")
  done
}

# The fields of the line $1, into fields.
__opsctl_fields() {
  local IFS=$'\t'
  # shellcheck disable=SC2206 # it is to be split, and names no files: noglob is set
  fields=($1)
}

# The option with the flag $1, of the command or of every one, into fields.
__opsctl_option() {
  fields=()
  for at in "${!lines[@]}"; do
    if [[ ${lines[at]} == option$'\t'@('*'|"$command")$'\t'*"$1"* ]]; then
      __opsctl_fields "${lines[at]}"
      [[ " ${fields[2]} " != *" $1 "* ]] || return 0
    fi
  done
  fields=()
}

# Pass the word $1, which stands before the one to complete. kind is that of the value that an option waits for, command
# the words of the command, is_naming whether they may go on, is_over whether no options follow, given its arguments.
__opsctl_pass() {
  if [[ $kind ]]; then
    [[ $kind != service ]] || service=$1
    kind=
  elif [[ ! $is_over && $1 == -- ]]; then
    is_over=1 is_naming=
  elif [[ ! $is_over && $1 == -?* ]]; then
    __opsctl_pass_option "$1"
  elif [[ $is_naming && ! $command && $1 == help ]]; then
    is_help=1
  elif [[ $is_naming ]] && __opsctl_leads "$1"; then
    command+=${command:+ }$1
  else
    is_naming=
    given+=("$1")
  fi
}

__opsctl_pass_option() {
  local flag
  [[ ! $command ]] || is_naming=
  __opsctl_option "${1%%=*}"
  [[ ${fields[3]} == many ]] || for flag in ${fields[2]}; do taken[$flag]=1; done
  if [[ $1 == *=* ]]; then
    [[ ${fields[4]} != service ]] || service=${1#*=}
  elif [[ ${fields[4]} != switch ]]; then
    kind=${fields[4]} choices=("${fields[@]:6}")
  fi
}

# Whether the word $1 goes on with the name in command.
__opsctl_leads() {
  choices=()
  __opsctl_choices command "${command:-*}" lines
  for line in "${choices[@]}"; do
    [[ ${line%%$'\x1f'*} != "$1" ]] || return 0
  done
  return 1
}

# The argument that comes next, into fields, where there is one: the last may stand for many. Finds the service in given.
__opsctl_argument() {
  local -i number=0
  fields=()
  for at in "${!lines[@]}"; do
    if [[ ${lines[at]} == argument$'\t'"$command"$'\t'* ]]; then
      __opsctl_fields "${lines[at]}"
      ((number < ${#given[@]})) || return
      [[ ${fields[4]} != service ]] || service=${given[number]}
      number+=1
    fi
  done
  [[ ${fields[3]} == many ]] || fields=()
}

# Offer what may stand in place of word.
__opsctl_offer() {
  local name=''
  __opsctl_argument
  if [[ $kind ]]; then
    __opsctl_values
  elif [[ ! $is_over && $word == -*=* ]]; then
    name=${word%%=*}=
    __opsctl_option "${name%=}"
    kind=${fields[4]} choices=("${fields[@]:6}")
    __opsctl_values
  elif [[ ! $is_over && $word == -* ]]; then
    [[ $is_help ]] || __opsctl_flags "$command"
    __opsctl_flags '*'
  else
    kind=${fields[4]} choices=("${fields[@]:6}")
    [[ $is_help ]] || __opsctl_values
    [[ ! $is_naming ]] || __opsctl_choices command "${command:-*}" lines
  fi
  __opsctl_reply "$name"
}

# The values of that kind, into choices: the service's own where it has some.
__opsctl_values() {
  case $kind in
  switch | text | choice | '') ;;
  file) compopt -o default ;;
  folder) compopt -o dirnames ;;
  *)
    [[ ! $service ]] || __opsctl_choices "$kind" "$service" names
    ((${#choices[@]})) || __opsctl_choices "$kind" '*' names
    ;;
  esac
}

# The choices of kind $1 of $2, added to choices; they stand in the array with the name $3.
__opsctl_choices() {
  local start=$1$'\t'$2
  local -n from=$3
  for at in "${!from[@]}"; do
    if [[ ${from[at]} == "$start"[$'\t/']* ]]; then
      __opsctl_fields "${from[at]}"
      choices+=("${fields[@]:2}")
    fi
  done
}

# The options of the command $1 that may still be given, added to choices.
__opsctl_flags() {
  local flag
  for at in "${!lines[@]}"; do
    [[ ${lines[at]} == option$'\t'"$1"$'\t'* ]] || continue
    __opsctl_fields "${lines[at]}"
    for flag in ${fields[2]}; do
      [[ ${taken[$flag]} ]] || choices+=("$flag"$'\x1f'"${fields[5]}")
    done
  done
}

# Hand over those choices that word begins, behind $1, which word has already; without what readline leaves as it is.
__opsctl_reply() {
  local whole=$word name
  local -a found=()
  local -A seen=()
  line=${COMP_LINE:0:COMP_POINT}
  __opsctl_split "${line%"$replaced"}"
  for line in "${choices[@]}"; do
    name=$1${line%%$'\x1f'*}
    if [[ $name == "$whole"* && $name != "$word" && ! ${seen[$name]} ]]; then
      seen[$name]=1 found+=("$1$line")
    fi
  done
  ((${#found[@]})) || return
  COMPREPLY=("${found[@]%%$'\x1f'*}")
  COMPREPLY=("${COMPREPLY[@]#"$word"}")
  __opsctl_quote
  # Where they are only listed, with what they are.
  [[ $COMP_TYPE != @(33|63|64) ]] || ((${#found[@]} == 1)) || __opsctl_describe
}

# Quote what is handed over, so that the shell takes it as it is; quote is open already.
__opsctl_quote() {
  local text IFS=$'\n'
  case $quote in
  \') COMPREPLY=("${COMPREPLY[@]//\'/\'\\\'\'}") ;;
  \")
    COMPREPLY=("${COMPREPLY[@]//\\/\\\\}")
    COMPREPLY=("${COMPREPLY[@]//\"/\\\"}")
    COMPREPLY=("${COMPREPLY[@]//\$/\\\$}")
    COMPREPLY=("${COMPREPLY[@]//\`/\\\`}")
    ;;
  *)
    printf -v text '%q\n' "${COMPREPLY[@]}"
    # shellcheck disable=SC2206 # a line each, and noglob is set
    COMPREPLY=($text)
    ;;
  esac
}

# Put what they are behind those in found.
__opsctl_describe() {
  local -i wide=0
  for line in "${COMPREPLY[@]}"; do
    ((wide >= ${#line})) || wide=${#line}
  done
  for at in "${!found[@]}"; do
    if [[ ${found[at]} == *$'\x1f'* ]]; then
      printf -v line '%-*s  (%s)' "$wide" "${COMPREPLY[at]}" "${found[at]#*$'\x1f'}"
      COMPREPLY[at]=${line:0:${COLUMNS:-80}}
    fi
  done
}

complete -o nosort -F __opsctl opsctl
