using System.Numerics.Tensors;
using Lepton.Orleans.Engine.LinearAlgebra;

namespace Lepton.Orleans.Engine.Recurrence;

/// <summary>
/// One step of the training: the forward pass over a chunk of events, sampled softmax against shared negatives, and the
/// backward pass. The running states are carried from chunk to chunk; gradients stop where a chunk begins.
/// </summary>
internal sealed class RecurrentStep
{
    // Of a history that is learned from by itself so many of the newest items learn: what is older has less and less to do with it.
    private const int LearnedItems = 4;

    private readonly RecurrentOptions _options;
    private readonly RecurrentParameters _parameters;
    private readonly INegativeSampler _sampler;
    private readonly float[] _decays;
    private readonly float[] _gains;
    private readonly int _dimensions;
    private readonly int _width;
    private readonly int _chunk;
    private readonly int _columns;

    private readonly int[] _negatives;
    private readonly float[] _state;
    private readonly float[] _states;
    private readonly float[] _masks;
    private readonly float[] _users;
    private readonly float[] _lengths;
    private readonly float[] _logits;
    private readonly float[] _targetErrors;
    private readonly float[] _negativeRows;
    private readonly float[] _negativeColumns;
    private readonly float[] _negativeGradients;
    private readonly float[] _userGradients;
    private readonly float[] _targetGradients;
    private readonly float[] _stateGradients;
    private readonly float[] _mixingGradient;
    private readonly float[] _mixingColumns;
    private readonly float[] _carried;
    private readonly float[] _inputGradient;

    public RecurrentStep(RecurrentOptions options, RecurrentParameters parameters, INegativeSampler sampler, float[] decays)
    {
        _options = options;
        _parameters = parameters;
        _sampler = sampler;
        _decays = decays;
        _gains = Array.ConvertAll(decays, RecurrentFactors.GainOf);
        _dimensions = parameters.Dimensions;
        _width = decays.Length * _dimensions;
        _chunk = options.Chunk;
        _columns = options.Negatives;
        _negatives = new int[sampler.Distinct(options.Negatives)];
        _state = new float[_width];
        _states = new float[_chunk * _width];
        _masks = new float[_chunk * _dimensions];
        _users = new float[_chunk * _dimensions];
        _lengths = new float[_chunk];
        _logits = new float[_chunk * _columns];
        _targetErrors = new float[_chunk];
        _negativeRows = new float[_columns * _dimensions];
        _negativeColumns = new float[_columns * _dimensions];
        _negativeGradients = new float[_columns * _dimensions];
        _userGradients = new float[_chunk * _dimensions];
        _targetGradients = new float[_chunk * _dimensions];
        _stateGradients = new float[_chunk * _width];
        _mixingGradient = new float[_width * _dimensions];
        _mixingColumns = new float[_width * _dimensions];
        _carried = new float[_width];
        _inputGradient = new float[_dimensions];
    }

    /// <summary>The gradient of the mixing matrix in the step that was last.</summary>
    public ReadOnlySpan<float> MixingGradient => _mixingGradient;

    /// <summary>How many steps were made.</summary>
    public int Steps { get; set; }

    /// <summary>The negatives of the step that was last.</summary>
    public ReadOnlySpan<int> Touched => _negatives;

    /// <summary>Learns from events of different users, each with its own history.</summary>
    /// <param name="before">The items before the events, of one event after the other, newest first.</param>
    /// <param name="ends">Where in <paramref name="before"/> each event's items end; no more than a chunk has.</param>
    /// <param name="targets">The items of the events.</param>
    /// <param name="rate">The rate of the mixing matrix.</param>
    /// <param name="random">The source of chance.</param>
    /// <returns>The sum of the losses, −log of the share of the target.</returns>
    public double Run(ReadOnlySpan<int> before, ReadOnlySpan<int> ends, ReadOnlySpan<int> targets, float rate, ref Xorshift random)
    {
        _sampler.Draw(++Steps, _negatives, ref random);
        FoldIn(before, ends);
        Mix();
        var loss = Compare(targets);
        Backward();
        _parameters.StepMixing(_mixingGradient, rate);
        LearnNewest(before, ends, rate * _options.VectorRate);
        LearnOutputs(targets, rate * _options.VectorRate);
        return loss;
    }

    /// <summary>Learns from a chunk.</summary>
    /// <param name="items">The items; no more than a chunk has.</param>
    /// <param name="targets">What came after each.</param>
    /// <param name="starts">Whether each is its user's first.</param>
    /// <param name="rate">The rate of the mixing matrix.</param>
    /// <param name="random">The source of chance.</param>
    /// <returns>The sum of the losses, −log of the share of the target.</returns>
    public double Run(ReadOnlySpan<int> items, ReadOnlySpan<int> targets, ReadOnlySpan<bool> starts, float rate, ref Xorshift random)
    {
        _sampler.Draw(++Steps, _negatives, ref random);
        Forward(items, starts, ref random);
        var loss = Compare(targets);
        Backward();
        _parameters.StepMixing(_mixingGradient, rate);
        LearnInputs(items, starts, rate * _options.VectorRate);
        LearnOutputs(targets, rate * _options.VectorRate);
        return loss;
    }

    private void Forward(ReadOnlySpan<int> items, ReadOnlySpan<bool> starts, ref Xorshift random)
    {
        _states.AsSpan(items.Length * _width).Clear();
        for (var t = 0; t < items.Length; t++)
        {
            if (starts[t])
            {
                Array.Clear(_state);
            }

            var mask = _masks.AsSpan(t * _dimensions, _dimensions);
            DrawMask(mask, ref random);
            TensorPrimitives.Multiply(mask, _parameters.Inputs.AsSpan(items[t] * _dimensions, _dimensions), _inputGradient);
            for (var k = 0; k < _decays.Length; k++)
            {
                var state = _state.AsSpan(k * _dimensions, _dimensions);
                TensorPrimitives.Multiply(state, _decays[k], state);
                TensorPrimitives.MultiplyAdd(_inputGradient, _gains[k], state, state);
            }

            _state.CopyTo(_states.AsSpan(t * _width, _width));
        }

        Mix();
    }

    private void FoldIn(ReadOnlySpan<int> before, ReadOnlySpan<int> ends)
    {
        Array.Clear(_states);
        for (var t = 0; t < ends.Length; t++)
        {
            var states = _states.AsSpan(t * _width, _width);
            foreach (var item in NewestFirst(before, ends, t))
            {
                Prefetch.Run(_parameters.Inputs.AsSpan(item * _dimensions, _dimensions));
            }

            // Oldest first, as the events came.
            var history = NewestFirst(before, ends, t);
            for (var age = history.Length - 1; age >= 0; age--)
            {
                var vector = _parameters.Inputs.AsSpan(history[age] * _dimensions, _dimensions);
                for (var k = 0; k < _decays.Length; k++)
                {
                    var state = states.Slice(k * _dimensions, _dimensions);
                    TensorPrimitives.Multiply(state, _decays[k], state);
                    TensorPrimitives.MultiplyAdd(vector, _gains[k], state, state);
                }
            }
        }
    }

    private static ReadOnlySpan<int> NewestFirst(ReadOnlySpan<int> before, ReadOnlySpan<int> ends, int t) =>
        before[(t == 0 ? 0 : ends[t - 1])..ends[t]];

    private void Mix()
    {
        SmallProduct.Multiply(_states, _width, 1, _parameters.Mixing, _users, _chunk, _width, _dimensions, add: false);
        for (var t = 0; _options.Tied && t < _chunk; t++)
        {
            var user = _users.AsSpan(t * _dimensions, _dimensions);
            _lengths[t] = MathF.Sqrt(TensorPrimitives.SumOfSquares<float>(user) + 1e-12f);
            TensorPrimitives.Multiply(user, _options.Sharpness / _lengths[t], user);
        }
    }

    private void DrawMask(Span<float> mask, ref Xorshift random)
    {
        if (random.Happens(_options.ItemDropout))
        {
            mask.Clear();
            return;
        }

        mask.Fill(1f);
        if (_options.ElementDropout <= 0f)
        {
            return;
        }

        // Two decisions from one draw: 16 bits tell a tenth from nothing well enough.
        var limit = (uint)(_options.ElementDropout * 65536f);
        var kept = 1f / (1f - _options.ElementDropout);
        for (var i = 0; i < mask.Length; i += 2)
        {
            var bits = random.Next();
            mask[i] = (bits & 0xFFFF) < limit ? 0f : kept;
            mask[i + 1] = bits >> 16 < limit ? 0f : kept;
        }
    }

    /// <summary>The softmax of each event over its target and the negatives; leaves the gradients of the logits.</summary>
    private double Compare(ReadOnlySpan<int> targets)
    {
        for (var i = 0; i < _negatives.Length; i++)
        {
            _parameters.Outputs.AsSpan(_negatives[i] * _dimensions, _dimensions).CopyTo(_negativeRows.AsSpan(i * _dimensions, _dimensions));
        }

        SmallProduct.Transpose(_negativeRows, _columns, _dimensions, _negativeColumns);
        SmallProduct.Multiply(_users, _dimensions, 1, _negativeColumns, _logits, _chunk, _dimensions, _columns, add: false);
        var loss = 0.0;
        for (var t = 0; t < targets.Length; t++)
        {
            loss += CompareOne(t, targets[t]);
        }

        _logits.AsSpan(targets.Length * _columns).Clear();
        _userGradients.AsSpan(targets.Length * _dimensions).Clear();
        return loss;
    }

    private double CompareOne(int t, int target)
    {
        var user = _users.AsSpan(t * _dimensions, _dimensions);
        var vector = _parameters.Outputs.AsSpan(target * _dimensions, _dimensions);
        var row = _logits.AsSpan(t * _columns, _columns);
        var logits = row[.._negatives.Length];
        row[_negatives.Length..].Clear();
        var own = InnerProduct.Of(user, vector) + _parameters.Biases[target];
        for (var i = 0; i < logits.Length; i++)
        {
            var negative = _negatives[i];
            logits[i] = negative == target ? float.NegativeInfinity : logits[i] + _parameters.Biases[negative] - _sampler.Corrections[negative];
        }

        var greatest = Math.Max(own, TensorPrimitives.Max<float>(logits));
        TensorPrimitives.Subtract(logits, greatest, logits);
        TensorPrimitives.Exp(logits, logits);
        var share = Math.Exp(own - greatest);
        var sum = share + TensorPrimitives.Sum<float>(logits);
        TensorPrimitives.Multiply(logits, (float)(1 / sum), logits);
        var error = (float)((share / sum) - 1);
        _targetErrors[t] = error;
        TensorPrimitives.Multiply(vector, error, _userGradients.AsSpan(t * _dimensions, _dimensions));
        TensorPrimitives.Multiply(user, error, _targetGradients.AsSpan(t * _dimensions, _dimensions));
        return -Math.Log((share / sum) + 1e-30);
    }

    private void Backward()
    {
        SmallProduct.Multiply(_logits, _columns, 1, _negativeRows, _userGradients, _chunk, _columns, _dimensions, add: true);
        SmallProduct.Multiply(_logits, 1, _columns, _users, _negativeGradients, _columns, _chunk, _dimensions, add: false);
        for (var t = 0; _options.Tied && t < _chunk; t++)
        {
            // Only what turns the vector counts: its length is given.
            var user = _users.AsSpan(t * _dimensions, _dimensions);
            var gradient = _userGradients.AsSpan(t * _dimensions, _dimensions);
            var along = InnerProduct.Of(user, gradient) / (_options.Sharpness * _options.Sharpness);
            TensorPrimitives.MultiplyAdd(user, -along, gradient, gradient);
            TensorPrimitives.Multiply(gradient, _options.Sharpness / _lengths[t], gradient);
        }

        SmallProduct.Multiply(_states, 1, _width, _userGradients, _mixingGradient, _width, _chunk, _dimensions, add: false);
        SmallProduct.Transpose(_parameters.Mixing, _width, _dimensions, _mixingColumns);
        SmallProduct.Multiply(_userGradients, _dimensions, 1, _mixingColumns, _stateGradients, _chunk, _dimensions, _width, add: false);
    }

    private void LearnInputs(ReadOnlySpan<int> items, ReadOnlySpan<bool> starts, float rate)
    {
        Array.Clear(_carried);
        for (var t = items.Length - 1; t >= 0; t--)
        {
            Array.Clear(_inputGradient);
            for (var k = 0; k < _decays.Length; k++)
            {
                var carried = _carried.AsSpan(k * _dimensions, _dimensions);
                TensorPrimitives.MultiplyAdd(carried, _decays[k], _stateGradients.AsSpan((t * _width) + (k * _dimensions), _dimensions), carried);
                TensorPrimitives.MultiplyAdd(carried, _gains[k], _inputGradient, _inputGradient);
            }

            TensorPrimitives.Multiply(_inputGradient, _masks.AsSpan(t * _dimensions, _dimensions), _inputGradient);
            _parameters.StepInput(items[t], _inputGradient, rate);
            if (starts[t])
            {
                Array.Clear(_carried);
            }
        }
    }

    private void LearnNewest(ReadOnlySpan<int> before, ReadOnlySpan<int> ends, float rate)
    {
        for (var t = 0; t < ends.Length; t++)
        {
            var history = NewestFirst(before, ends, t);
            for (var age = 0; age < Math.Min(LearnedItems, history.Length); age++)
            {
                Array.Clear(_inputGradient);
                for (var k = 0; k < _decays.Length; k++)
                {
                    var share = age == 0 ? _gains[k] : _gains[k] * MathF.Pow(_decays[k], age);
                    TensorPrimitives.MultiplyAdd(_stateGradients.AsSpan((t * _width) + (k * _dimensions), _dimensions), share, _inputGradient, _inputGradient);
                }

                _parameters.StepInput(history[age], _inputGradient, rate);
            }
        }
    }

    private void LearnOutputs(ReadOnlySpan<int> targets, float rate)
    {
        for (var t = 0; t < targets.Length; t++)
        {
            _parameters.StepOutput(targets[t], _targetGradients.AsSpan(t * _dimensions, _dimensions), rate);
        }

        for (var i = 0; i < _negatives.Length; i++)
        {
            _parameters.StepOutput(_negatives[i], _negativeGradients.AsSpan(i * _dimensions, _dimensions), rate);
        }

        for (var t = 0; !_options.Tied && t < targets.Length; t++)
        {
            _parameters.StepBias(targets[t], _targetErrors[t], rate);
        }

        for (var i = 0; !_options.Tied && i < _negatives.Length; i++)
        {
            var gradient = 0f;
            for (var t = 0; t < targets.Length; t++)
            {
                gradient += _logits[(t * _columns) + i];
            }

            _parameters.StepBias(_negatives[i], gradient, rate);
        }
    }
}
