using Orleans.Concurrency;

namespace Lepton.Orleans.Grains.Learning;

/// <summary>
/// Learns the recurrent model's vectors per event, one for a tenant, so that an item has some seconds after its first events.
/// What it holds is derived: a build makes it anew from the users' histories. Key: the tenant.
/// </summary>
[Alias("lepton.ILearnerGrain")]
internal interface ILearnerGrain : IGrainWithStringKey
{
    /// <summary>Hands over what users of a silo have just added.</summary>
    [Alias("Apply"), OneWay] Task ApplyAsync(LearnerEvents events);

    /// <summary>
    /// Up to <paramref name="count"/> items whose vectors changed after a version, from a place on; all anew where the epoch
    /// is not this one's.
    /// </summary>
    [Alias("GetRows"), ResponseTimeout("00:01:00")] Task<LearnedRows> GetRowsAsync(Guid epoch, long after, int from, int count);

    /// <summary>Learns at once from everything that was handed over before.</summary>
    [Alias("Settle"), ResponseTimeout("00:01:00")] Task SettleAsync();
}
