using Orleans.Concurrency;

namespace Lepton.Orleans.Grains.Users;

/// <summary>
/// What users who are merged ask of each other. The one that leaves writes down that it does, and from then on what it had is on
/// its way; the other adds it together with a mark that names the departure, so that it can be brought any number of times; then
/// the one that left lets go of it. Nobody has a turn while asking the other, so two of them can ask at once.
/// </summary>
[Alias("lepton.IUserMergeGrain")]
internal interface IUserMergeGrain : IGrainWithStringKey
{
    /// <summary>Brings everything of this user to another, or finds that it was brought.</summary>
    /// <param name="into">The other's id.</param>
    /// <param name="mayBegin">False: only a merge that has begun is finished.</param>
    /// <returns>How many events the other has added; <see langword="null"/>: there is nothing to bring, and nothing was brought.</returns>
    /// <exception cref="UnknownUserException">The user was merged into somebody else.</exception>
    [Alias("Leave"), AlwaysInterleave] Task<int?> LeaveAsync(string into, bool mayBegin);

    /// <summary>Adds what another user brings, once, as if it had been posted here.</summary>
    /// <param name="frame">An <see cref="UserOperation.OperationKind.Absorb"/> whose version does not count.</param>
    /// <returns>How many events were added, now or when they first came; <see langword="null"/>: this user was erased meanwhile.</returns>
    [Alias("Absorb"), AlwaysInterleave] Task<int?> AbsorbAsync(byte[] frame);

    /// <summary>Finishes a merge into another user that was cut off.</summary>
    [Alias("FinishMerge"), AlwaysInterleave] Task FinishMergeAsync();

    /// <summary>Forgets that the user was merged into another, which is being erased.</summary>
    /// <param name="into">The other's id.</param>
    [Alias("ForgetMerge"), AlwaysInterleave] Task ForgetMergeAsync(string into);
}
