# shellcheck shell=bash
# Reading a .env file as data: nothing in it is run or replaced.

# read_env FILE: exports each NAME=value that the environment does not have yet. Values may stand in '…' or "…"; what a shell or docker
# compose would read in another way ends it with the line's number, since a half-understood setting is worse than none.
read_env() {
  local file=$1 lines line name value number=0
  local pair='^[[:space:]]*(export[[:space:]]+)?[A-Za-z_][A-Za-z0-9_]*=' rest='^[[:space:]]*(#.*)?$'
  mapfile -t lines <"$file"
  for line in "${lines[@]}"; do
    number=$((number + 1))
    line=${line%$'\r'}
    [[ $line =~ $rest ]] && continue
    [[ $line =~ $pair ]] || env_refused "is not NAME=value"
    name=${line%%=*} value=${line#*=}
    # What stands before the name is blank, or a word and a blank.
    name=${name##*[[:space:]]}
    env_value
    [ -n "${!name+set}" ] || export "$name=$value"
  done
}

# env_value: takes the quotes or the comment off $value.
env_value() {
  local quote=${value:0:1} end shell_signs='[$`\]'
  if [ "$quote" = "'" ] || [ "$quote" = '"' ]; then
    end=${value:1}
    [[ $end == *"$quote"* ]] || env_refused "has a quote without an end"
    value=${end%%"$quote"*} end=${end#*"$quote"}
    [[ $end =~ $rest ]] || env_refused "goes on behind its quotes"
    [[ $quote = "'" ]] || [[ ! $value =~ $shell_signs ]] || env_refused "has \$, \` or \\ in double quotes: put it in '…'"
    return
  fi
  value=${value%%[[:space:]]#*}
  [[ $value == \#* ]] && value=
  value=${value%"${value##*[![:space:]]}"}
  [[ $value != *[\'\"\$\`\\\#]* ]] || env_refused "has a character that needs quotes: put it in '…'"
}

env_refused() {
  printf 'local-dev: line %s of %s %s\n' "$number" "$file" "$1" >&2
  exit 2
}
