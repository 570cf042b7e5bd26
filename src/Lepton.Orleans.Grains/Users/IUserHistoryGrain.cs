using Orleans.Concurrency;

namespace Lepton.Orleans.Grains.Users;

/// <summary>What ranking asks of a user's grain when it is not on the same silo, or not active.</summary>
[Alias("lepton.IUserHistoryGrain")]
internal interface IUserHistoryGrain : IGrainWithStringKey
{
    /// <summary>The history, or <see langword="null"/> when its version is the one known already.</summary>
    /// <exception cref="StoreUnavailableException">The state cannot be read now.</exception>
    [Alias("GetView"), AlwaysInterleave] Task<UserView?> GetViewAsync(long knownVersion);
}
