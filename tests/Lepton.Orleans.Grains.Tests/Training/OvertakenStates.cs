namespace Lepton.Orleans.Grains.Tests.Training;

/// <summary>Grains' states, each of which can be changed in the store right before its first write, as by another activation.</summary>
/// <param name="change">Changes what the store holds, or does nothing; told what is about to be written.</param>
internal sealed class OvertakenStates(Func<object?, Task> change) : IPersistentStateFactory
{
    private readonly PersistentStateFactory _states = new();

    public IPersistentState<TState> Create<TState>(IGrainContext context, IPersistentStateConfiguration configuration) =>
        new OvertakenState<TState>(_states.Create<TState>(context, configuration), change);

    private sealed class OvertakenState<TState>(IPersistentState<TState> state, Func<object?, Task> change) : IPersistentState<TState>
    {
        private bool _isWritten;

        public TState State
        {
            get => state.State;
            set => state.State = value;
        }

        public string? Etag => state.Etag;

        public bool RecordExists => state.RecordExists;

        public Task ClearStateAsync() => state.ClearStateAsync();

        public Task ClearStateAsync(CancellationToken cancellationToken) => state.ClearStateAsync(cancellationToken);

        public Task ReadStateAsync() => state.ReadStateAsync();

        public Task ReadStateAsync(CancellationToken cancellationToken) => state.ReadStateAsync(cancellationToken);

        public Task WriteStateAsync() => WriteStateAsync(CancellationToken.None);

        public async Task WriteStateAsync(CancellationToken cancellationToken)
        {
            if (!_isWritten)
            {
                _isWritten = true;
                await change(state.State);
            }

            await state.WriteStateAsync(cancellationToken);
        }
    }
}
