namespace AnalogAttention.Simulation.Devices.Ekv;

/// <summary>
/// Standard deviations of short-distance mismatch, A/sqrt(W L) with the coefficients AVTO, AKP and AGAMMA of the card
/// (Pelgrom, Duinmaijer, Welbers, IEEE JSSC 24, 1989). A nominal run does not depend on them.
/// </summary>
/// <param name="VtoVolts">Of the threshold voltage.</param>
/// <param name="RelativeKp">Of KP, as part of it.</param>
/// <param name="Gamma">Of GAMMA, sqrt(V).</param>
public readonly record struct EkvMismatch(double VtoVolts, double RelativeKp, double Gamma);
