namespace Lepton.Orleans.Silo.Apis.Problems;

/// <summary>What a request does when it is made once more after an interruption.</summary>
internal enum RequestEffect
{
    /// <summary>It only asks: nothing can have been kept.</summary>
    Asks,

    /// <summary>It says what is to be, or not to be: once more it says the same.</summary>
    Sets,

    /// <summary>It adds feedback, which counts again unless it can be told from other feedback.</summary>
    Adds,
}
