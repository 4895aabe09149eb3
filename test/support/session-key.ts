/** The same for all gateways of a test, as for all replicas of one gateway. */
export const SESSION_KEY = 'kq3Zs8Yw1Vn5Tc7Rb2Xm4Lp6Jh9Gd0Fa';
