using Orleans.Concurrency;

namespace Lepton.Orleans;

/// <summary>What keeps a tenant's store in order: the repair of its indexes, and the proof of an erasure. Key: the tenant.</summary>
[Alias("lepton.IUpkeepGrain")]
public interface IUpkeepGrain : IGrainWithStringKey
{
    /// <summary>
    /// Starts a repair pass at full speed, unless such a one is running; returns at once. A slow one in the background gives
    /// way: it has looked at some things before now.
    /// </summary>
    [Alias("StartRepair")] Task<RepairStatus> StartRepairAsync();

    /// <summary>How far the running pass is, or how the last one ended.</summary>
    [Alias("GetRepair")] Task<RepairStatus> GetRepairAsync();

    /// <summary>Looks through the whole store for remains of a user.</summary>
    /// <exception cref="StoreUnavailableException">The store, or a server of its cluster, did not answer: nothing is proved.</exception>
    [Alias("VerifyErasure"), AlwaysInterleave, ResponseTimeout("00:10:00")] Task<ErasureReport> VerifyErasureAsync(string userId);
}
