//! The program that tests pass to [`previews::process_file`]: runs only the subprocess.

fn main() -> std::process::ExitCode {
    previews::run_worker()
}
