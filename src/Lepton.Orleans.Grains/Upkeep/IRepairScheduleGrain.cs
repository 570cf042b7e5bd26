namespace Lepton.Orleans.Grains.Upkeep;

/// <summary>What every silo asks now and then.</summary>
[Alias("lepton.IRepairScheduleGrain")]
internal interface IRepairScheduleGrain : IGrainWithStringKey
{
    /// <summary>Starts a slow pass, if none runs and the last one is long enough ago.</summary>
    [Alias("StartWhenDue")] Task StartWhenDueAsync();
}
