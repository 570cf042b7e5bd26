namespace Lepton.Orleans.Silo.Storage;

/// <summary>The embedded store cannot start: its folder cannot be used, or another process uses it.</summary>
public sealed class StoreStartException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What is wrong, with the setting and the way out.</param>
    /// <param name="innerException">What the system said.</param>
    public StoreStartException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
