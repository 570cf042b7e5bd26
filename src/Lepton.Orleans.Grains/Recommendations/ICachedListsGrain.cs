namespace Lepton.Orleans.Grains.Recommendations;

/// <summary>What an erasure asks of a user's lists.</summary>
[Alias("lepton.ICachedListsGrain")]
internal interface ICachedListsGrain : IGrainWithStringKey
{
    /// <summary>Forgets the history that was fetched from another silo, and what was ranked from it.</summary>
    /// <returns>How many lists that were.</returns>
    [Alias("Forget")] Task<int> ForgetAsync();
}
