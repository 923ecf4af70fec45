# Homebrew formula of the command line, for a tap: put it into Formula/ of a repository named homebrew-tap, then
# `brew install OWNER/tap/tailwater`.
class Tailwater < Formula
  desc "Logs of AWS Lambda as logs, metrics, cold starts and cost"
  homepage "https://github.com/@REPOSITORY@"
  version "@VERSION@"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "https://github.com/@REPOSITORY@/releases/download/v@VERSION@/tailwater-macos-arm64.tar.gz"
      sha256 "@SHA256 tailwater-macos-arm64.tar.gz@"
    end
    on_intel do
      url "https://github.com/@REPOSITORY@/releases/download/v@VERSION@/tailwater-macos-x86_64.tar.gz"
      sha256 "@SHA256 tailwater-macos-x86_64.tar.gz@"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/@REPOSITORY@/releases/download/v@VERSION@/tailwater-linux-arm64.tar.gz"
      sha256 "@SHA256 tailwater-linux-arm64.tar.gz@"
    end
    on_intel do
      url "https://github.com/@REPOSITORY@/releases/download/v@VERSION@/tailwater-linux-x86_64.tar.gz"
      sha256 "@SHA256 tailwater-linux-x86_64.tar.gz@"
    end
  end

  def install
    bin.install "tailwater"
    bash_completion.install "completions/tailwater.bash" => "tailwater"
    zsh_completion.install "completions/_tailwater"
    fish_completion.install "completions/tailwater.fish"
    man1.install Dir["man/man1/*.1"]
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/tailwater --version")
    assert_match "invocations", shell_output("#{bin}/tailwater demo --no-serve")
  end
end
