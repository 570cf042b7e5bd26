namespace Lepton.Orleans.Grains.Upkeep;

/// <summary>What a repair asks of an item's grain.</summary>
[Alias("lepton.IItemUpkeepGrain")]
internal interface IItemUpkeepGrain : IGrainWithStringKey
{
    /// <summary>Carries deletions of the id's former lives through; its present one stays. False: there was nothing to do.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    [Alias("FinishDeletions"), ResponseTimeout("00:01:00")] Task<bool> FinishDeletionsAsync();
}
