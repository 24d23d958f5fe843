//! The sample company's APIs within commands that read sources, for a portal whose settings say `sample: true`.

use tokio::runtime::Runtime;

use super::company::SampleApis;
use crate::{
    base::environment::Environment,
    cli::{Failure, exit::outside, settings::Settings},
};

/// The environment in which the sources of a portal are read. Where the settings ask for the sample company and no variable says
/// where its APIs are, they are started and the variables name them; they answer as long as the second value lives.
///
/// # Errors
/// There is no free port.
pub(in crate::cli) fn source_environment(
    settings: &Settings,
    runtime: &Runtime,
) -> Result<(Environment, Option<SampleApis>), Failure> {
    let environment = settings.environment.clone();
    let is_set = |name| environment.get(name).is_some();
    if !settings.file.sample || is_set("LA_CARTO_URL") || is_set("ORG_URL") {
        return Ok((environment, None));
    }
    let apis = runtime.block_on(SampleApis::start()).map_err(outside)?;
    Ok((apis.added_to(environment), Some(apis)))
}
