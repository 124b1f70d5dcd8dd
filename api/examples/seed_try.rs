//! Not committed.
use clap::Parser;
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    options: api::seed::Options,
    #[arg(long)]
    dump: Option<String>,
}
#[tokio::main]
async fn main() {
    let cli = Cli::parse();
    if let Some(which) = cli.dump {
        use rand::SeedableRng;
        let mut rng = rand::rngs::Xoshiro256PlusPlus::seed_from_u64(cli.options.rng_seed);
        let c = api::seed::company::Company::found(None, 30, 20, &mut rng).unwrap();
        let s = api::seed::script::Library::read().unwrap().write(&c, 5000, &mut rng).unwrap();
        let mut per: std::collections::BTreeMap<usize, usize> = Default::default();
        let mut who: std::collections::BTreeMap<usize, usize> = Default::default();
        let mut kinds = [0usize; 5];
        for conv in &s {
            *per.entry(conv.channel).or_default() += conv.messages();
            for l in &conv.lines {
                use api::seed::script::Deed::*;
                match &l.deed {
                    Say { text, thread } => {
                        *who.entry(l.who).or_default() += 1;
                        kinds[thread.is_some() as usize] += 1;
                        if c.channels[conv.channel].name == which {
                            println!(
                                "{}{}: {}",
                                if thread.is_some() { "    ↳ " } else { "" },
                                c.people[l.who].called,
                                text
                            )
                        }
                    }
                    Edit { text, .. } => {
                        kinds[2] += 1;
                        if c.channels[conv.channel].name == which {
                            println!("   EDIT {text}")
                        }
                    }
                    Delete { .. } => {
                        kinds[3] += 1;
                        if c.channels[conv.channel].name == which {
                            println!("   DELETED")
                        }
                    }
                    React { emoji, .. } => {
                        kinds[4] += 1;
                        if c.channels[conv.channel].name == which {
                            print!("   {emoji} {}\n", c.people[l.who].called)
                        }
                    }
                }
            }
            if c.channels[conv.channel].name == which {
                println!("---")
            }
        }
        for (ch, n) in per {
            eprint!("{}({}):{n} ", c.channels[ch].name, c.channels[ch].members.len())
        }
        eprintln!();
        for (p, n) in who {
            eprint!("{}:{n} ", c.people[p].called)
        }
        eprintln!("\n{kinds:?} convs {}", s.len());
        return;
    }
    if let Err(e) = api::seed::run(cli.options).await {
        eprintln!("{e}");
        std::process::exit(1)
    }
}
