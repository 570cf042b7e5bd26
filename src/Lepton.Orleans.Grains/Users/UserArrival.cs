namespace Lepton.Orleans.Grains.Users;

/// <summary>What another user brought when it was merged into this one: whoever brings it again is known by it.</summary>
/// <param name="LeftAt">The other's version when it left; one that was merged again comes with a higher one.</param>
/// <param name="Rows">How many events were added.</param>
internal readonly record struct UserArrival(long LeftAt, int Rows);
