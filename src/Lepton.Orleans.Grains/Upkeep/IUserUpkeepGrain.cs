namespace Lepton.Orleans.Grains.Upkeep;

/// <summary>What a repair asks of a user's grain.</summary>
[Alias("lepton.IUserUpkeepGrain")]
internal interface IUserUpkeepGrain : IGrainWithStringKey
{
    /// <summary>Makes the user's entry in the index of users, and those in the indexes of some items, agree with the state.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    [Alias("Mend"), ResponseTimeout("00:01:00")] Task<UserMend> MendAsync(int[] items);
}
