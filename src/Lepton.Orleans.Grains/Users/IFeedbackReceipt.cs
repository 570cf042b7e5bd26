namespace Lepton.Orleans.Grains.Users;

/// <summary>Is told how writes ended that <see cref="LocalFeedback"/> began: once for each, on any thread. Must neither block nor throw.</summary>
public interface IFeedbackReceipt
{
    /// <summary>Everything is durable, and in the user's next list.</summary>
    /// <param name="group">The write, as its caller calls it.</param>
    /// <param name="changed">How many rows changed something.</param>
    void Recorded(int group, int changed);

    /// <summary>Nothing was done: the grain is to be asked.</summary>
    /// <param name="group">The write, as its caller calls it.</param>
    void Declined(int group);

    /// <summary>
    /// <see cref="StoreUnavailableException"/>: it may have been kept. <see cref="EventIdReusedException"/>: it never will be.
    /// </summary>
    /// <param name="group">The write, as its caller calls it.</param>
    /// <param name="exception">What happened.</param>
    void Failed(int group, Exception exception);
}
