# Completion of opsctl for bash 4.4 or newer.
#
# It starts no process: all it offers stands in the lines below and in a file that the runs of opsctl renew. Both are
# described in docs/completion.md. What they say is data, and nothing of it is ever evaluated.

__opsctl_lines=(
#LINES
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
  for variable in OPSCTL_SITE OPSCTL_STORE_PATH OPSCTL_STORE_URL; do
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
