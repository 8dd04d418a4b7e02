#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Finds a JDK 25 or newer and exports JAVA_HOME. Source it: `. ./find-jdk.sh`.
# MADELEINE_JDK_ROOT stands before the places below / and in the home directory (empty; a test points it elsewhere).
# Looks in JAVA_HOME, the javac on PATH, /usr/lib/jvm, SDKMAN, ~/.jdks, mise, asdf and macOS's java_home.

madeleine_jdk_version() { # prints the feature version of the JDK in $1, or nothing
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

madeleine_candidates() {
  [ -n "${JAVA_HOME:-}" ] && printf '%s\n' "$JAVA_HOME"
  if javac=$(command -v javac 2>/dev/null); then
    real=$(readlink -f "$javac" 2>/dev/null || printf '%s' "$javac")
    printf '%s\n' "${real%/bin/javac}"
  fi
  root=${MADELEINE_JDK_ROOT:-}
  for home in "$root"/usr/lib/jvm/* "$root$HOME"/.sdkman/candidates/java/* "$root$HOME"/.jdks/* \
    "$root$HOME"/.local/share/mise/installs/java/* "$root$HOME"/.asdf/installs/java/* \
    "$root"/Library/Java/JavaVirtualMachines/*/Contents/Home "$root"/opt/*jdk*; do
    [ -d "$home" ] && printf '%s\n' "$home"
  done
  [ -z "$root" ] && [ -x /usr/libexec/java_home ] && /usr/libexec/java_home -v 25+ 2>/dev/null
}

madeleine_find_jdk() {
  madeleine_candidates | while IFS= read -r home; do
    version=$(madeleine_jdk_version "$home")
    if [ -n "$version" ] && [ "$version" -ge 25 ]; then
      printf '%s\n' "$home"
      break
    fi
  done
}

JAVA_HOME_FOUND=$(madeleine_find_jdk)
if [ -z "$JAVA_HOME_FOUND" ]; then
  echo "Madeleine needs a JDK 25 or newer, and none was found (looked at JAVA_HOME, PATH, /usr/lib/jvm, SDKMAN, ~/.jdks, mise, asdf)." >&2
  echo "Install one, for example from https://adoptium.net, or point JAVA_HOME at it, and try again." >&2
  exit 1
fi
JAVA_HOME=$JAVA_HOME_FOUND
export JAVA_HOME
