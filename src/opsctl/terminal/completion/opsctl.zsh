#compdef opsctl
# Completion of opsctl for zsh 5.
#
# It starts no process: all it offers stands in the lines below and in a file that the runs of opsctl renew. Both are
# described in docs/completion.md. What they say is data, and nothing of it is ever evaluated.

typeset -ga _opsctl_lines=(
#LINES
)

# Complete the word before the cursor.
_opsctl() {
  local word kind command service
  local -a given lines=("${_opsctl_lines[@]}") names fields
  local -aU choices
  local -A known taken
  local -i place=0 is_naming=1 is_help=0 is_over=0
  given=("${(@Q)words[2,CURRENT-1]}")
  _opsctl_read
  _opsctl_learn '*'
  for word in "${given[@]}"; do _opsctl_pass "$word"; done
  _opsctl_offer "${(Q)PREFIX}"
}

# Read the file of the site that the words mean: its own commands into lines, everything else into names.
_opsctl_read() {
  local config=$OPSCTL_CONFIG own=$XDG_CONFIG_HOME cache=$XDG_CACHE_HOME variable file
  local -i at
  [[ $own == /* ]] || own=$HOME/.config
  [[ $cache == /* ]] || cache=$HOME/.cache
  for ((at = 1; at <= $#given; at++)); do
    case $given[at] in
    --) break ;;
    --config) config=$given[at+1] ;;
    --config=*) config=${given[at]#*=} ;;
    esac
  done
  if [[ -z $config ]]; then
    config=${own%/}/opsctl/opsctl.toml
    [[ -e $config || -L $config ]] || config=/etc/opsctl/opsctl.toml
  fi
  [[ $config != '~/'* ]] || config=$HOME/${config#*/}
  [[ $config == /* ]] || config=$PWD/$config
  for variable in OPSCTL_SITE OPSCTL_STORE_PATH OPSCTL_STORE_URL; do
    [[ -z ${(P)variable} ]] || config+=/$variable=${(P)variable}
  done
  file=${cache%/}/opsctl/completion-1${config//\//%/}
  [[ -f $file && -O $file && -r $file ]] || return
  names=("${(@f)$(<$file)}")
  lines+=(${(M)names:#(command|argument|option)$'\t'*})
}

# The options of the command $1, into known by their flags.
_opsctl_learn() {
  local line flag
  for line in ${(M)lines:#option$'\t'$1$'\t'*}; do
    fields=("${(@ps:\t:)line}")
    for flag in ${=fields[3]}; do known[$flag]=$line; done
  done
}

# Pass the word $1, which stands before the one to complete. kind is that of the value that an option waits for, command
# the words of the command, is_naming whether they may go on, is_over whether no options follow, place the number of
# arguments.
_opsctl_pass() {
  if [[ -n $kind ]]; then
    [[ $kind != service ]] || service=$1
    kind=
  elif ((!is_over)) && [[ $1 == -- ]]; then
    is_over=1 is_naming=0
  elif ((!is_over)) && [[ $1 == -?* ]]; then
    _opsctl_pass_option "$1"
  elif ((is_naming)) && [[ -z $command && $1 == help ]]; then
    is_help=1
  elif ((is_naming)) && _opsctl_leads "$1"; then
    command+=${command:+ }$1
    _opsctl_learn "$command"
  else
    is_naming=0
    ! _opsctl_argument || [[ $fields[5] != service ]] || service=$1
    place+=1
  fi
}

_opsctl_pass_option() {
  local flag
  [[ -z $command ]] || is_naming=0
  fields=("${(@ps:\t:)known[${1%%=*}]}")
  [[ $fields[4] == many ]] || for flag in ${=fields[3]}; do taken[$flag]=1; done
  if [[ $1 == *=* ]]; then
    [[ $fields[5] != service ]] || service=${1#*=}
  elif [[ $fields[5] != switch ]]; then
    kind=$fields[5] choices=("${(@)fields[7,-1]}")
  fi
}

# Whether the word $1 goes on with the name in command.
_opsctl_leads() {
  choices=()
  _opsctl_choices command "${command:-*}"
  ((${${(@)choices%%$'\x1f'*}[(Ie)$1]}))
}

# The argument at place, into fields; the last one may stand for many.
_opsctl_argument() {
  local -a found=(${(M)lines:#argument$'\t'$command$'\t'*})
  local line=$found[place+1]
  fields=("${(@ps:\t:)${line:-$found[-1]}}")
  [[ -n $line || $fields[4] == many ]]
}

# Offer what may stand in place of the word $1.
_opsctl_offer() {
  if [[ -n $kind ]]; then
    _opsctl_values
  elif ((!is_over)) && [[ $1 == -*=* ]]; then
    fields=("${(@ps:\t:)known[${1%%=*}]}")
    kind=$fields[5] choices=("${(@)fields[7,-1]}")
    compset -P '[^=]#='
    _opsctl_values
  elif ((!is_over)) && [[ $1 == -* ]]; then
    choices=()
    ((is_help)) || _opsctl_flags "$command"
    _opsctl_flags '*'
    _opsctl_describe option
  else
    choices=()
    ((!is_naming)) || _opsctl_choices command "${command:-*}"
    ((!$#choices)) || _opsctl_describe command
    ((!is_help)) && _opsctl_argument || return
    kind=$fields[5] choices=("${(@)fields[7,-1]}")
    _opsctl_values
  fi
}

# Offer the values of that kind, the service's own where it has some; where none is known, say what fields are about.
_opsctl_values() {
  case $kind in
  file) _files ;;
  folder) _files -/ ;;
  *)
    (($#choices)) || [[ -z $service ]] || _opsctl_choices "$kind" "$service"
    (($#choices)) || _opsctl_choices "$kind" '*'
    if (($#choices)); then _opsctl_describe "$kind"; else _message -e "$kind" "$fields[6]"; fi
    ;;
  esac
}

# The choices of kind $1 of $2, added to choices.
_opsctl_choices() {
  local line
  for line in ${(M)lines:#$1$'\t'$2[$'\t'/]*} ${(M)names:#$1$'\t'$2[$'\t'/]*}; do
    choices+=("${(@)${(@ps:\t:)line}[3,-1]}")
  done
}

# The options of the command $1 that may still be given, added to choices.
_opsctl_flags() {
  local line flag
  for line in ${(M)lines:#option$'\t'$1$'\t'*}; do
    fields=("${(@ps:\t:)line}")
    for flag in ${=fields[3]}; do
      [[ -n $taken[$flag] ]] || choices+=("$flag"$'\x1f'"$fields[6]")
    done
  done
}

# Hand the choices over, in their order; $1 is what they are.
_opsctl_describe() {
  local -a described=("${(@)choices//:/\\:}")
  described=("${(@)described/$'\x1f'/:}")
  _describe -V -t "opsctl-$1" "${1//-/ }" described
}

if [[ $funcstack[1] == _opsctl ]]; then _opsctl "$@"; else compdef _opsctl opsctl; fi
