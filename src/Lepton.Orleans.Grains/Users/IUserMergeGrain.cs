using Orleans.CodeGeneration;
using Orleans.Concurrency;

namespace Lepton.Orleans.Grains.Users;

/// <summary>
/// What users who are merged ask of each other. The one that leaves writes down that it does, and from then on what it had is on
/// its way; the other adds it together with a mark that names the departure, so that it can be brought any number of times; then
/// the one that left lets go of it. Nobody has a turn while asking the other, and the one that stays is not waiting for anything:
/// it may move to another silo meanwhile.
/// </summary>
[Alias("lepton.IUserMergeGrain"), Version(1)]
internal interface IUserMergeGrain : IGrainWithStringKey
{
    /// <summary>Says whether another user can be merged into this one, and whether it was.</summary>
    /// <param name="from">The other's id.</param>
    [Alias("FindMerge"), AlwaysInterleave] Task<MergeTarget> FindMergeAsync(string from);

    /// <summary>
    /// Adds what another user brings, once, as if it had been posted here; where this user was merged into somebody else meanwhile,
    /// it is added there.
    /// </summary>
    /// <param name="frame">An <see cref="UserOperation.OperationKind.Absorb"/>; its version says how many users have handed it on.</param>
    /// <returns>How many events were added, now or when they first came; <see langword="null"/>: who was to have them was erased meanwhile.</returns>
    [Alias("Absorb"), AlwaysInterleave] Task<int?> AbsorbAsync(byte[] frame);

    /// <summary>Finishes a merge into another user that was cut off.</summary>
    [Alias("FinishMerge"), AlwaysInterleave] Task FinishMergeAsync();

    /// <summary>Forgets that the user was merged into another, which is being erased.</summary>
    /// <param name="into">The other's id.</param>
    [Alias("ForgetMerge"), AlwaysInterleave] Task ForgetMergeAsync(string into);

    /// <summary>Forgets that another user, who is being erased, was merged into this one; what it brought stays.</summary>
    /// <param name="from">The other's id.</param>
    /// <returns>Whom this user was merged into itself, where the other has brought nothing here; else <see langword="null"/>.</returns>
    [Alias("ForgetArrival"), AlwaysInterleave] Task<string?> ForgetArrivalAsync(string from);
}
