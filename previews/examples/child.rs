//! The program that the tests have [`previews::make`] start: nothing but the far side.

fn main() -> std::process::ExitCode {
    previews::child()
}
