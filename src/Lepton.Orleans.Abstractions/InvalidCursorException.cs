namespace Lepton.Orleans;

/// <summary>A cursor that no page of this enumeration returned.</summary>
[GenerateSerializer, Alias("lepton.InvalidCursorException")]
public sealed class InvalidCursorException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="cursor">What was given.</param>
    public InvalidCursorException(string cursor)
        : base("The cursor is not one that a page of this list returned.") => Cursor = cursor;

    /// <summary>What was given.</summary>
    [Id(0)] public string Cursor { get; }
}
