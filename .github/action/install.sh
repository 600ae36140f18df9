#!/usr/bin/env bash
# Installs Stepfleet into a virtual environment of its own below RUNNER_TEMP, and hands on
# the outputs `python` (its interpreter) and `folder` (where this use of the action keeps files).
#
# The specs that are being reviewed lie in the working directory, so it is left before anything
# else: neither a `uv.toml`, a `.python-version` nor a `yaml.py` of theirs has a say here, and
# no program of theirs either, though a workflow may have put a folder of them on the PATH.
set -euo pipefail

# Tells it by what the folders are, as names of one can differ. A relative one is of the checkout.
is_in_checkout() {
  local folder
  [[ $1 == /* ]] || return 0
  folder=$(cd -P -- "$1" 2>/dev/null && printf '%s/' "$PWD") || return 1
  while folder=${folder%/*} && [[ -n $folder ]]; do
    [[ ! $folder -ef ${GITHUB_WORKSPACE:-} ]] || return 0
  done
  return 1
}

# Only builtins of bash run before this has been called.
leave_checkout_out_of_path() {
  local rest=$PATH: kept='' folder
  while [[ -n $rest ]]; do
    folder=${rest%%:*}
    rest=${rest#*:}
    is_in_checkout "$folder" || kept+=:$folder
  done
  kept=${kept#:}
  PATH=${kept:-/nowhere}
}

# No release of a package but those listed may be installed, each with its hash; that holds
# whatever the index. Which one is asked, and how it is reached, stays the runner's to say: many
# reach only the mirror of their company. Caches have no say: what is in one is not hashed again.
keep_only_where_packages_come_from() {
  local name
  for name in "${!PIP_@}" "${!UV_@}"; do
    case $name in
      PIP_CONFIG_FILE) is_in_checkout "${PIP_CONFIG_FILE%/*}/" || continue ;;
      PIP_INDEX_URL | PIP_EXTRA_INDEX_URL | PIP_FIND_LINKS | PIP_NO_INDEX) continue ;;
      PIP_PROXY | PIP_TRUSTED_HOST | PIP_CERT | PIP_CLIENT_CERT | PIP_USE_FEATURE) continue ;;
      PIP_USE_DEPRECATED | PIP_KEYRING_PROVIDER) continue ;;
      PIP_TIMEOUT | PIP_DEFAULT_TIMEOUT | PIP_RETRIES | PIP_RESUME_RETRIES) continue ;;
      UV_INDEX | UV_INDEX_* | UV_DEFAULT_INDEX | UV_EXTRA_INDEX_URL | UV_FIND_LINKS) continue ;;
      UV_*_PROXY | UV_INSECURE_HOST | UV_NATIVE_TLS | UV_SYSTEM_CERTS) continue ;;
      UV_KEYRING_PROVIDER | UV_CREDENTIALS_DIR | UV_*_ENDPOINT_URL) continue ;;
      UV_HTTP_* | UV_REQUEST_TIMEOUT | UV_CONCURRENT_DOWNLOADS) continue ;;
    esac
    unset "$name"
  done
}

leave_checkout_out_of_path
keep_only_where_packages_come_from

action=${GITHUB_ACTION_PATH:?}
temp=${RUNNER_TEMP:?}
cd -- "$action"
action=$PWD
cd -- "$temp"
temp=$PWD

fail() {
  printf '::error title=Stepfleet could not be installed::%s\n' "$1"
  exit 1
}

# Shows what an installer wrote, in a form in which no line of it is a workflow command.
show() { tr '\r' '\n' <"$1" | LC_ALL=C sed -e 's/##\[/# #[/g' -e 's/^/| /' >&2; }

find_python() {
  local version=${INPUT_PYTHON_VERSION:-} candidate
  if [[ -z $version ]]; then
    command -v python3 || fail "There is no python3 on the PATH. Run actions/setup-python before, or name a version with the input python-version."
    return
  fi
  [[ $version =~ ^3\.[0-9]{1,2}(\.[0-9]{1,3})?$ ]] ||
    fail "The input python-version is not a version such as 3.13."
  for candidate in "python$version" "${RUNNER_TOOL_CACHE:-/nowhere}"/Python/"$version"{,.*}/*/bin/python3; do
    command -v "$candidate" && return
  done
  fail "Python $version is neither on the PATH nor in the runner's tool cache. Run actions/setup-python before, and leave the input python-version empty."
}

# Prints the interpreter's own path and a name for what is to be installed: the same Python,
# packages and code make the same environment, so a second use in a job takes the first one's.
describe() {
  "$1" -I - "$action" "$2" <<'PYTHON'
import hashlib
import pathlib
import sys

if sys.version_info < (3, 11):
    sys.exit(3)
action, requirements = map(pathlib.Path, sys.argv[1:])
files = [f for part in ("runner", "schemas") for f in (action / part).rglob("*.*") if f.is_file()]
named = hashlib.sha256(f"{sys.version} {sys.executable}".encode())
for file in (requirements, *sorted(f for f in files if f.suffix != ".pyc")):
    text = file.read_bytes()
    named.update(f"\0{file.relative_to(action)}\0{len(text)}\0".encode() + text)
print(sys.executable)
print(f"stepfleet-{named.hexdigest()[:16]}")
PYTHON
}

with_uv() {
  command -v uv >/dev/null &&
    uv venv --no-config --no-project --no-python-downloads --python "$python" "$venv" &&
    uv pip install --no-config --python "$venv/bin/python" \
      --no-cache --require-hashes --only-binary :all: --no-deps -r "$requirements" &&
    add_code
}

# Of what pip's configuration files may say beyond that, these two can be said otherwise. Whatever
# else sends packages elsewhere leaves none here, which is noticed.
with_pip() {
  rm -rf -- "$venv"
  "$python" -I -m venv "$venv" &&
    PIP_USER=0 PIP_DRY_RUN=0 "$venv/bin/python" -I -m pip install \
      --disable-pip-version-check --no-input --no-compile --no-cache-dir \
      --require-hashes --only-binary :all: --no-deps -r "$requirements" &&
    add_code
}

# The action's folder itself stays out of Python's path: beside the package lie folders whose
# names other packages may try to import. An installer's word that all is there is not taken.
add_code() {
  local packages
  packages=$("$venv/bin/python" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))') &&
    cp -R -- "$action/runner" "$packages/runner" &&
    cp -R -- "$action/schemas" "$packages/runner/schemas" &&
    find "$packages/runner" -name __pycache__ -prune -exec rm -rf {} + &&
    "$venv/bin/python" -I -c 'import boto3, runner.cli.action.steps'
}

[[ ${RUNNER_OS:-} != Windows ]] || fail "Stepfleet runs on Linux and macOS runners."
case ${INPUT_EMBEDDED_ENGINE:-false} in
  false) requirements=$action/.github/action/requirements.txt ;;
  true) requirements=$action/.github/action/requirements-local.txt ;;
  *) fail "The input embedded-engine is neither true nor false." ;;
esac

python=$(find_python) || {
  printf '%s\n' "$python"
  exit 1
}
described=$(describe "$python" "$requirements") || {
  [[ $? == 3 ]] || fail "The action's own files could not be read with this Python."
  fail "Python 3.11 or newer is needed, and this one is older. Run actions/setup-python before, or name a version with the input python-version."
}
python=${described%$'\n'*}
venv=$temp/${described##*$'\n'}

# What was left half made, by a cancel for instance, has no such mark.
if [[ ! -f $venv/complete ]]; then
  rm -rf -- "$venv"
  log=$(mktemp "$temp/stepfleet-install-XXXXXXXX")
  # uv does not read pip's configuration, so where it finds no index pip still may.
  if ! with_uv >"$log" 2>&1 && ! with_pip >>"$log" 2>&1; then
    show "$log"
    fail "The packages could not be installed; the log says why. Where the module venv is missing, install python3-venv or uv, or run actions/setup-python before."
  fi
  : >"$venv/complete"
fi

folder=$(mktemp -d "$temp/stepfleet-XXXXXXXX")
printf '%s\n' "python=$venv/bin/python" "folder=$folder" >>"${GITHUB_OUTPUT:?}"
