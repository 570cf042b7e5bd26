namespace Lepton.Orleans.Grains.Users;

/// <summary>What the restoring of a backup asks of a user's grain.</summary>
[Alias("lepton.IUserRestoreGrain")]
internal interface IUserRestoreGrain : IGrainWithStringKey
{
    /// <summary>Makes the user what a snapshot says; counts nothing.</summary>
    /// <exception cref="RestoreConflictException">There is such a user, and not by this snapshot.</exception>
    [Alias("Restore")] Task RestoreAsync(byte[] snapshot);
}
