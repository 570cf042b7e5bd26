namespace Lepton.Orleans.Grains.Users;

/// <summary>What the restoring of a backup asks of a user's grain.</summary>
[Alias("lepton.IUserRestoreGrain")]
internal interface IUserRestoreGrain : IGrainWithStringKey
{
    /// <summary>Makes the user what a snapshot says, unless it is newer; counts nothing.</summary>
    /// <exception cref="RestoreConflictException">There is such a user, and no restore has made it.</exception>
    [Alias("Restore")] Task RestoreAsync(byte[] snapshot);

    /// <summary>Removes the user if it was restored as it was before it was merged into another.</summary>
    /// <param name="leftAt">The user's version when it left.</param>
    [Alias("RemoveRestored")] Task RemoveRestoredAsync(long leftAt);
}
