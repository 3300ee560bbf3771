//! `darkroom customer show` and `list`.

use std::process::ExitCode;

use customer::Customer;
use serde_json::{Value, json};

use super::{
    super::{Where, operator::Operator, say},
    Named,
};

pub(super) async fn one(named: &Named) -> anyhow::Result<ExitCode> {
    let customer = Operator::at(&named.place).await?.customer(&named.name).await?;
    say(serde_json::to_string_pretty(&without_secrets(&customer)?)?)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn all(place: &Where) -> anyhow::Result<ExitCode> {
    let operator = Operator::at(place).await?;
    for id in operator.registry.ids().await? {
        let customer = operator.customer(&id).await?;
        let status = serde_json::to_value(customer.status)?;
        say(format_args!("{id}  {}  {}", status.as_str().unwrap_or_default(), customer.bucket))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn without_secrets(customer: &Customer) -> anyhow::Result<Value> {
    let mut shown = serde_json::to_value(customer)?;
    for key in shown["edge_keys"].as_array_mut().into_iter().flatten() {
        key["secret"] = json!("hidden");
    }
    if customer.role.is_some() {
        shown["role"]["external_id"] = json!("hidden");
    }
    Ok(shown)
}
